/** `next build` loads each page to see what is in it, in several processes: none of them may open a store. */
export function isBuild(): boolean {
  return process.env.NEXT_PHASE === 'phase-production-build';
}
