/**
 * `@bizinsights/jobs-platforms/acceptance`: what any platform has to get right. Comes with the next commit.
 *
 * @packageDocumentation
 */
export {};
