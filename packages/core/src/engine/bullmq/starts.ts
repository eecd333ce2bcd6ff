/**
 * Starts of a rate limit that is reached.
 *
 * A job that finds the limit of its key reached is put in the line of that key, among the delayed jobs, and so are the
 * waiting jobs of such keys, many by one script: no worker has to take each of them to find out. A line keeps the order in
 * which its jobs would have been taken. Only its first job is due soon. It comes by itself a little before its start, and
 * whoever takes a start brings those to the front of the queue that have one by then, each with its place in the window.
 * So a limit costs what is started, not what waits, and no place is kept for a job that may never come.
 *
 * Nothing is lost where nobody does that: all others in line become due too, soon after they would have been brought.
 *
 * On PostgreSQL, where it takes seconds to put 100,000 jobs in line, a worker that looks for a job passes over those whose key
 * has a line, and puts them in line beside its claims: redis/starts.ts, postgres/claims.ts and postgres/lining.ts say how each
 * store finds jobs of free keys. A key that has more jobs waiting than starts left, at a pace that uses them up, reaches its
 * limit in any case, so there jobs of other keys go between its starts. Redis, where the starts take half as long, keeps to
 * the order until then.
 */

/** A start this near is waited for by the worker that has taken the job, which holds a place of it for so long. ms */
export const AHEAD = 60;

/** How long before its start the first of a line comes by itself. ms */
export const EARLY = 30;

/** How long after its likely start a job in line comes by itself. ms */
export const LATE = 1_000;
