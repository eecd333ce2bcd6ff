/**
 * Tails of the distributions that judgements are made by. The incomplete beta and gamma functions are computed by their
 * series and continued fractions: Press et al., "Numerical Recipes", chapters 6.1, 6.2 and 6.4; the continued fractions by
 * Lentz's method. Accurate to about 1e-10 of the value, also far out in the tails.
 */

const LANCZOS = [
  76.18009172947146, -86.5053203294168, 24.01409824083091, -1.231739572450155, 0.1208650973866179e-2,
  -0.5395239384953e-5,
];
const TINY = 1e-300;
const ACCURACY = 1e-12;
const MOST_TERMS = 10_000;

/** ln Γ(x) for x > 0: Lanczos, 1964. */
export function logGamma(x: number): number {
  let sum = 1.000000000190015;
  LANCZOS.forEach((factor, index) => {
    sum += factor / (x + 1 + index);
  });
  const base = x + 5.5;
  return (x + 0.5) * Math.log(base) - base + Math.log((2.506628274631 * sum) / x);
}

/** The share of the standard normal distribution that is farther from 0 than `z`, on both sides. */
export function normalTails(z: number): number {
  return z === 0 ? 1 : upperGamma(0.5, (z * z) / 2);
}

/** The same of Student's t with `freedom` degrees of freedom; of the normal distribution where they are infinite. */
export function studentTails(t: number, freedom: number): number {
  if (freedom > 1e6) return normalTails(t);
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** How far from 0 a value is so that `share` of Student's t is farther, on both sides. By bisection. */
export function studentReach(share: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (studentTails(high, freedom) > share && high < 1e12) high *= 2;
  for (let pass = 0; pass < 60; pass++) {
    const middle = (low + high) / 2;
    if (studentTails(middle, freedom) > share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The share of a distribution of counts that is at least `count`: Poisson's with this mean, or, with a finite `size`, the
 * negative binomial's, whose variance is `mean + mean² / size`.
 */
export function countsAtLeast(count: number, mean: number, size = Number.POSITIVE_INFINITY): number {
  if (count <= 0) return 1;
  if (mean <= 0) return 0;
  if (size > 1e6) return lowerGamma(count, mean);
  return incompleteBeta(mean / (mean + size), count, size);
}

/** Upper part of the regularized incomplete gamma function, Q(a, x). */
export function upperGamma(a: number, x: number): number {
  return x < a + 1 ? 1 - gammaSeries(a, x) : gammaFraction(a, x);
}

/** Lower part, P(a, x). */
function lowerGamma(a: number, x: number): number {
  return x < a + 1 ? gammaSeries(a, x) : 1 - gammaFraction(a, x);
}

function gammaScale(a: number, x: number): number {
  return Math.exp(-x + a * Math.log(x) - logGamma(a));
}

function gammaSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && Math.abs(term) > Math.abs(sum) * ACCURACY; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * gammaScale(a, x);
}

function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / away(numerator * d + b);
    c = away(b + numerator / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < ACCURACY) break;
  }
  return fraction * gammaScale(a, x);
}

/** Regularized incomplete beta function I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return (scale * betaFraction(x, a, b)) / a;
  return 1 - (scale * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < ACCURACY) break;
  }
  return fraction;
}

function away(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
