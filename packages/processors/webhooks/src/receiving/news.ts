/** Which trouble is worth a line in the log: who sends, or asks, must not be able to fill it. */

/** The same trouble of the same platform is told of so often. ms */
const TELL_AGAIN = 60_000;

/** Whether this has not been told of for a while. `about` is a platform, or a part of the door. */
export type IsNews = (about: string, error: Error) => boolean;

/** @param now epoch ms */
export function createNews(now: () => number): IsNews {
  const told = new Map<string, number>();
  return (about, error) => {
    // By code, since a message may hold what the sender has chosen.
    const trouble = `${about} ${'code' in error ? error.code : error.name}`;
    const at = now();
    if (at - (told.get(trouble) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN) return false;
    told.set(trouble, at);
    return true;
  };
}
