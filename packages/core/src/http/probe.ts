/** Routes that an orchestrator asks, which has no token. They answer yes or no, and nothing else. */

/** One probe: `GET` answers 200 for yes and 503 for no, without a body, to any caller. `authorize` is not called. */
export interface Probe<Context extends object = object> {
  /** Of fixed names: `/health/live`. */
  readonly path: string;
  /** One sentence for people: it stands in the OpenAPI document. */
  readonly summary: string;
  /** An error is a no. */
  isUp(context: Context): boolean | Promise<boolean>;
}

/** @param tell takes what `isUp` has thrown */
export async function answerProbe<Context extends object>(
  probe: Probe<Context>,
  context: Context,
  tell: (thrown: unknown) => void,
): Promise<Response> {
  let status = 503;
  try {
    if (await probe.isUp(context)) status = 200;
  } catch (thrown) {
    tell(thrown);
  }
  return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
}
