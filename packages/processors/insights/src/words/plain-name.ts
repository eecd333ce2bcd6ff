/** Text of the shop, such as the name of a product: one short line without what is not seen. */

/** Controls, what changes the direction of text, what has no width, halves of characters. */
const UNSEEN = /\p{C}/gu;

/** So many characters of a name are shown. */
const LONGEST = 60;

/** At most `longest` characters of it. Empty where nothing is left. */
export function plainName(name: string, longest: number = LONGEST): string {
  // What is longer than this is cut before it is looked at: it may be megabytes.
  const text = name.slice(0, 20 * longest).replace(/[\s\p{Z}]+/gu, ' ');
  const characters = [...text.replace(UNSEEN, '').trim()];
  return characters.length <= longest
    ? characters.join('')
    : `${characters
        .slice(0, longest - 1)
        .join('')
        .trimEnd()}…`;
}
