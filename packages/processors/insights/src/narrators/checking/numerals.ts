/** Numbers as people write them: `1,234.5`, `1.234,5`, `1.2k`, `3 Mio.`. */

/** One way to read a numeral. */
export interface Reading {
  readonly value: number;
  /** What its last digit stands for. */
  readonly unit: number;
  /** How many digits say something: of 1,200 two. All of them where it has decimals. */
  readonly digits: number;
  readonly isWhole: boolean;
}

const SCALES: readonly (readonly [RegExp, number])[] = [
  [/^(?:k|thousand|tsd\.?|tausend)$/, 1e3],
  [/^(?:m|mn|mio\.?|millions?|millionen)$/, 1e6],
  [/^(?:bn|b|mrd\.?|billions?|milliarden?)$/, 1e9],
];

/** The digits, points and commas of a number in any locale; `scale` is `k`, `million` and so on. */
export function readingsOf(numeral: string, scale = ''): Reading[] {
  const factor = SCALES.find(([pattern]) => pattern.test(scale))?.[1] ?? 1;
  return plainForms(numeral.replace(/['’\s\u00a0\u202f]/g, '')).map((plain) => {
    const decimals = plain.split('.')[1]?.length ?? 0;
    const unscaled = Number(plain);
    const significant = plain.replace('.', '').replace(/^0+/, '');
    const isWhole = decimals === 0;
    return {
      value: unscaled * factor,
      unit: 10 ** -decimals * factor,
      isWhole,
      digits: isWhole ? significant.replace(/0+$/, '').length : significant.length,
    };
  });
}

/** As JavaScript writes it. `1.234` may be both. */
function plainForms(numeral: string): string[] {
  const marks = numeral.match(/[.,]/g) ?? [];
  const last = Math.max(numeral.lastIndexOf('.'), numeral.lastIndexOf(','));
  if (last < 0) return [numeral];
  const whole = numeral.slice(0, last).replace(/[.,]/g, '');
  const rest = numeral.slice(last + 1);
  const isMixed = new Set(marks).size > 1;
  if (isMixed) return [`${whole}.${rest}`];
  if (marks.length > 1) return [`${whole}${rest}`];
  const isGrouped = rest.length === 3 && whole.length <= 3 && !whole.startsWith('0');
  return isGrouped ? [`${whole}${rest}`, `${whole}.${rest}`] : [`${whole}.${rest}`];
}

/** How exact a number is said to be. */
export type Hedge = 'exact' | 'about' | 'more' | 'almost';

/** The error that `about` leaves: 0.1 is 10 %. */
const ABOUT = 0.1;

/** How far below the figure `more than` may be, and how far above it `almost`. */
const NEAR = 0.75;

/** Whether a number that is written says what the fact is. */
export function says({ value, unit, digits, isWhole }: Reading, fact: number, hedge: Hedge): boolean {
  const size = Math.abs(fact);
  const tiny = 1e-9 * Math.max(1, size);
  if (hedge === 'more') return size > value + tiny && value >= NEAR * size;
  if (hedge === 'almost') return size < value - tiny && size >= NEAR * value;
  if (Math.abs(size - value) <= unit / 2 + tiny) return true;
  // Zeros at the end may be rounded: 1,200 is said of 1,234, and 1,000 is not, unless it is about 1,000.
  const zeros = isWhole ? (String(Math.round(value / unit)).match(/0+$/)?.[0].length ?? 0) : 0;
  const rounded = unit * 10 ** zeros;
  const isRounded = zeros > 0 && Math.abs(size - value) <= rounded / 2 && (digits >= 2 || hedge === 'about');
  return (isRounded && Math.abs(size - value) <= ABOUT * size) || (hedge === 'about' && isNear(value, size));
}

const isNear = (value: number, size: number) => Math.abs(size - value) <= (ABOUT / 2) * size;
