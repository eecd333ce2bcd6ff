/**
 * Which members of a dimension have made a change: those that moved otherwise than the rest.
 *
 * Each member is compared with its own expectation: what it had in the reference, scaled to the window. The largest
 * contribution alone says little, as a large member has the largest part of any change. So a few members at a time are
 * taken out, and what they had if they had moved as the rest did is put in their place: the part of the change that goes
 * with them is what they explain. Where all have moved in proportion that is nothing, and there are no drivers. Of several
 * dimensions the one that explains most by the fewest members tells most; explanatory power, surprise and succinctness are
 * the words of Bhagwan et al., "Adtributor: Revenue Debugging in Advertising Systems", NSDI 2014.
 *
 * Of a ratio the same is done with both of its figures; what a member has made of it is taken apart into its part of the
 * whole (mix) and its own ratio (rate): Kitagawa, "Components of a Difference Between Two Rates", 1955.
 */

/** One member's figures in the window, and what was expected. `per`: what a ratio is divided by; 1 for what adds up. */
export interface Compared {
  /** Undefined: what nothing is known of. It is a part of the rest, and no driver. */
  readonly key: string | undefined;
  readonly label?: string;
  readonly amount: number;
  readonly expectedAmount: number;
  readonly per: number;
  readonly expectedPer: number;
}

/** What the noise of a member's figures is. */
export interface Noise {
  /** How much one event (an order, a visit) adds to the amount. */
  readonly unit: number;
  /** The same of what it is divided by. */
  readonly perUnit: number;
  /** Of the whole, relative: 0.05 is 5 %. That of a member is larger by the root of its part. */
  readonly relative: number;
  /** How many times longer the reference is than the window. */
  readonly referenceLength: number;
}

/** What a dimension explains. */
export interface Explanation {
  /** Those that moved otherwise than the rest, the largest contribution first. */
  readonly members: readonly Compared[];
  /** The part of the change that goes with them: 1 is all of it. */
  readonly explained: number;
}

/** No more members explain a change: it is no more than a list of all then. */
const MOST_MEMBERS = 3;

/** So many standard deviations from what it were as the rest moved. */
const BEYOND_NOISE = 4;

/** So much of the change is explained, at least. */
const LEAST_EXPLAINED = 0.25;

/** One more member has to explain so much more. */
const LEAST_MORE = 0.1;

/** @param isRatio the whole is not the sum of its members, but one sum divided by the other */
export function explain(members: readonly Compared[], noise: Noise, isRatio: boolean): Explanation | undefined {
  if (members.length < 2) return undefined;
  const whole = sumsOf(members);
  const change = changeOf(whole, isRatio);
  if (change === 0 || !Number.isFinite(change)) return undefined;
  const contributions = new Map(members.map((member) => [member, contributionOf(member, whole, isRatio).total]));
  const ranked = members
    .filter((member) => member.key !== undefined && (contributions.get(member) ?? 0) * change > 0)
    .toSorted((one, other) => Math.abs(contributions.get(other) ?? 0) - Math.abs(contributions.get(one) ?? 0));
  let best: Explanation | undefined;
  // Each of the largest may be the one that differs.
  for (const first of ranked.slice(0, MOST_CANDIDATES)) {
    let chosen: readonly Compared[] = [];
    let explained = 0;
    for (const next of [first, ...ranked.filter((one) => one !== first)]) {
      const more = [...chosen, next];
      const rest = members.filter((member) => !more.includes(member));
      if (more.length > MOST_MEMBERS || rest.length === 0) break;
      const other = sumsOf(rest);
      if (!more.every((member) => differs(member, other, whole, noise))) continue;
      const part = Math.min(1, explainedBy(sumsOf(more), other, whole, isRatio) / change);
      if (part < explained + (chosen.length === 0 ? LEAST_EXPLAINED : LEAST_MORE)) continue;
      chosen = more;
      explained = part;
    }
    if (chosen.length > 0 && worthOf(chosen, explained) > (best ? worthOf(best.members, best.explained) : 0)) {
      best = { members: chosen, explained };
    }
  }
  return best;
}

/** Members that are looked at as the one that differs. */
const MOST_CANDIDATES = 8;

/** More explained is better, and fewer members are. */
export function worthOf(members: readonly Compared[], explained: number): number {
  return explained - LEAST_MORE * (members.length - 1);
}

/** What some members have together. */
interface Sums {
  readonly amount: number;
  readonly expectedAmount: number;
  readonly per: number;
  readonly expectedPer: number;
}

export function sumsOf(members: readonly Compared[]): Sums {
  const sums = { amount: 0, expectedAmount: 0, per: 0, expectedPer: 0 };
  for (const { amount, expectedAmount, per, expectedPer } of members) {
    sums.amount += amount;
    sums.expectedAmount += expectedAmount;
    sums.per += per;
    sums.expectedPer += expectedPer;
  }
  return sums;
}

const divide = (amount: number, per: number) => (per > 0 ? amount / per : 0);

function changeOf({ amount, expectedAmount, per, expectedPer }: Sums, isRatio: boolean): number {
  return isRatio ? divide(amount, per) - divide(expectedAmount, expectedPer) : amount - expectedAmount;
}

/** What the whole has more than if some members had moved as the others did. */
function explainedBy(own: Sums, other: Sums, whole: Sums, isRatio: boolean): number {
  const amount = own.expectedAmount * divide(other.amount, other.expectedAmount);
  const per = own.expectedPer * divide(other.per, other.expectedPer);
  if (!isRatio) return own.amount - amount;
  return divide(whole.amount, whole.per) - divide(other.amount + amount, other.per + per);
}

/** Whether a member has moved otherwise than the others, beyond the noise of both. */
function differs(member: Compared, other: Sums, whole: Sums, noise: Noise): boolean {
  const { unit, perUnit } = noise;
  const ofAmount = { value: member.amount, expected: member.expectedAmount, all: whole.expectedAmount, unit };
  const ofPer = { value: member.per, expected: member.expectedPer, all: whole.expectedPer, unit: perUnit };
  return (
    isFar({ ...ofAmount, factor: divide(other.amount, other.expectedAmount) }, noise) ||
    isFar({ ...ofPer, factor: divide(other.per, other.expectedPer) }, noise)
  );
}

interface Part {
  readonly value: number;
  readonly expected: number;
  /** How the rest has moved. */
  readonly factor: number;
  /** What was expected of all members. */
  readonly all: number;
  readonly unit: number;
}

function isFar({ value, expected, factor, all, unit }: Part, { relative, referenceLength }: Noise): boolean {
  const wanted = expected * factor;
  // Events that happen by themselves: of the window, and of the reference that the expectation is made of.
  const events = unit * (Math.max(wanted, unit) + (wanted * factor) / referenceLength);
  // Of the whole, and larger by the root of the member's part. The reference has it too.
  const own = relative * Math.sqrt(Math.max(0, wanted * all * factor)) * Math.sqrt(1 + 1 / referenceLength);
  return Math.abs(value - wanted) > BEYOND_NOISE * Math.hypot(Math.sqrt(events), own);
}

/** What a member has made of the change: of a ratio by its part of the whole, and by its own ratio. */
export interface Contribution {
  readonly total: number;
  readonly mix: number;
  readonly rate: number;
}

export function contributionOf(member: Compared, whole: Sums, isRatio: boolean): Contribution {
  const { amount, expectedAmount, per, expectedPer } = member;
  if (!isRatio) return { total: amount - expectedAmount, mix: 0, rate: amount - expectedAmount };
  const [part, expectedPart] = [divide(per, whole.per), divide(expectedPer, whole.expectedPer)];
  if (per <= 0 && expectedPer <= 0) {
    // Orders at the till, which no visit has brought: all of them are beside the visits of the others.
    const rate = divide(amount, whole.per) - divide(expectedAmount, whole.expectedPer);
    return { total: rate, mix: 0, rate };
  }
  // Where it was not there, it has come with its ratio.
  const expectedRatio = expectedPer > 0 ? expectedAmount / expectedPer : divide(amount, per);
  const ratio = per > 0 ? amount / per : expectedRatio;
  const middle = (divide(whole.amount, whole.per) + divide(whole.expectedAmount, whole.expectedPer)) / 2;
  // A larger part of what is as good as the whole changes nothing.
  const mix = (part - expectedPart) * ((ratio + expectedRatio) / 2 - middle);
  const rate = (ratio - expectedRatio) * ((part + expectedPart) / 2);
  return { total: mix + rate, mix, rate };
}
