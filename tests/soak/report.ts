/** What a run has shown, as rows of a table and as problems with all that is needed to look for their reasons. */
import type { Repeat } from './ledger.js';
import type { Outcome } from './scenario.js';

/** What is given to a run of a schedule, after each death, beyond the time in which a dead worker's job is taken again. ms */
const LATENESS = 3_000;

/** How many jobs are named for one problem. */
const SHOWN = 10;

const COLUMNS = {
  fault: ({ fault, injected }) => (injected > 1 ? `${fault.name} × ${injected}` : fault.name),
  acknowledged: ({ acknowledged }) => count(acknowledged),
  'not done': (outcome) => byStore(outcome, outcome.missing.length),
  failed: ({ failed }) => count(failed.length),
  stuck: ({ stuck }) => count(stuck),
  'done twice': (outcome) => byStore(outcome, outcome.twice.filter(isNoSlot).length),
  unanswered: ({ unanswered }) => count(unanswered.filter(isNoSlot).length),
  'killed between': ({ killedBetween }) => count(killedBetween.length),
  'longest gap': ({ longestGap }) => `${(longestGap / 1_000).toFixed(1)} s`,
  slots: ({ slots }) => count(slots),
  missed: ({ missedSlots, longestHole }) => (missedSlots > 0 ? `${missedSlots}, ${longestHole} in a row` : '0'),
  'slots twice': ({ twice, unanswered }) => count([...twice, ...unanswered].filter((one) => !isNoSlot(one)).length),
  'callers saw': ({ refused }) => [...refused].map(([code, times]) => `${code} × ${times}`).join(', ') || 'nothing',
} as const satisfies Record<string, (outcome: Outcome) => string>;

export function toTable(outcomes: readonly Outcome[]): string {
  const head = Object.keys(COLUMNS);
  const lines = [head, ...outcomes.map((outcome) => Object.values(COLUMNS).map((cell) => cell(outcome)))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Each promise that was not kept, in words; empty where all were. */
export function problemsOf(outcome: Outcome): string[] {
  const { fault, missing, failed, stuck, twice, unanswered, bare, overdue, longestHole } = outcome;
  const problems = [...overdue];
  const list = (title: string, items: readonly string[]) => {
    if (items.length === 0) return;
    const more = items.length > SHOWN ? [`… and ${items.length - SHOWN} more`] : [];
    problems.push([`${items.length} ${title}`, ...items.slice(0, SHOWN), ...more].join('\n  '));
  };
  if (!fault.losesWrites) list('jobs were acknowledged and not done:', missing.map(writeAll));
  list('jobs have failed for good:', failed);
  if (stuck > 0) problems.push(`${stuck} jobs are stuck: they wait, run or are delayed, and nothing happens to them`);
  // What a store has lost of the time of the fault, nobody can know.
  const isOurs = ({ isDuringFault }: Repeat) => !(fault.losesWrites && isDuringFault);
  list('effects were carried out again although `step` had answered:', twice.filter(isOurs).map(tell));
  if (!fault.losesLocks) {
    const early = unanswered.filter((repeat) => isOurs(repeat) && !hasLostLock(outcome, repeat));
    list('effects were carried out again although their worker lived, and had its lock:', early.map(tell));
  }
  list(
    'errors of callers are not ours:',
    bare.map(({ call, code, message }) => `${call}: ${code} ${message}`),
  );
  const allowed = allowedHole(outcome);
  if (longestHole > allowed)
    problems.push(`a schedule of every second has missed ${longestHole} slots in a row, more than ${allowed}`);
  return problems;
}

/** Where a store was away for so long that locks ran out, a result that was not stored by then is lost. */
function hasLostLock({ longestSilence, lockDuration }: Outcome, { after }: Repeat): boolean {
  // A lock is renewed when half its life is over: the last time may be that long ago when the store goes.
  return longestSilence > lockDuration / 2 && after > lockDuration / 2;
}

/** In slots, which are seconds. */
function allowedHole({ fault, longestSilence, holeBefore, lockDuration, stalledInterval }: Outcome): number {
  const takenAgain = lockDuration + 2 * stalledInterval;
  const { silence = 0, deaths = 1 } = fault;
  return holeBefore + Math.ceil((longestSilence + silence + deaths * (takenAgain + LATENESS)) / 1_000);
}

/** The problems of a run, in a line and at length, and what its processes have logged at the end; empty without problems. */
export function explain(outcome: Outcome): string {
  const problems = problemsOf(outcome);
  if (problems.length === 0) return '';
  const titles = problems.map((problem) => problem.split('\n', 1)[0]?.replace(/:$/, ''));
  return [
    `${outcome.fault.name}: ${titles.join('; ')}`,
    ...problems.map((problem) => `- ${problem}`),
    `The last that was logged:\n${outcome.logs}\n`,
  ].join('\n');
}

/** A number that is the store's doing where the fault makes it lose writes. */
function byStore({ fault }: Outcome, value: number): string {
  return `${count(value)}${fault.losesWrites && value > 0 ? ' (by the store)' : ''}`;
}

function isNoSlot({ effect }: Repeat): boolean {
  return effect !== 'tick';
}

function tell({ ref, effect, lines }: Repeat): string {
  return `${ref} ${effect}\n    ${writeAll(lines)}`;
}

function writeAll(lines: Repeat['lines']): string {
  return lines.map(write).join('\n    ');
}

function write({ at, process, kind, ...rest }: Repeat['lines'][number]): string {
  return `${(at / 1_000).toFixed(3)} ${process} ${kind} ${Object.values(rest).join(' ')}`;
}

/** 41,234 */
function count(value: number): string {
  return value.toLocaleString('en-US');
}
