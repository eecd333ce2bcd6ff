// Any daily series of your own: which days are unusual, what comes next, and what is season and what is trend.
import { decompose, detectAnomalies, forecast } from '@bizinsights/jobs-insights';

// A year of a shop that sells less at the weekend, with a day of much traffic, and a fall of a third in autumn.
const week = [100, 98, 103, 105, 110, 70, 65];
const sales = Array.from({ length: 365 }, (_, day) => {
  const usual = (week[day % 7] ?? 0) + ((day * 37) % 11) - 5;
  return (day === 150 ? 3 : 1) * (day >= 280 ? 0.66 : 1) * usual;
});

// #region anomalies
for (const { index, kind, value, expected } of detectAnomalies(sales)) {
  console.log(`day ${index}: ${kind}, ${value.toFixed(0)} instead of about ${expected.toFixed(0)}`);
}
// #endregion

// #region forecast
const { mean, lower, upper } = forecast(sales, { horizon: 28 });
const within = mean.every((value, day) => value >= (lower[day] ?? 0) && value <= (upper[day] ?? 0));
console.log(`${mean.length} days, each within its interval: ${within}`);
// #endregion

// #region decompose
const { trend, seasonal } = decompose(sales, { seasons: [7] });
const [weekdays = []] = seasonal;
const best = weekdays.slice(0, 7).indexOf(Math.max(...weekdays.slice(0, 7)));
console.log(`best weekday: ${best}, ${(trend[364] ?? 0) < (trend[0] ?? 0) ? 'falling' : 'rising'}`);
// #endregion
// Output:
// day 150: spike, 318 instead of about 105
// day 280: shift, 69 instead of about 99
// 28 days, each within its interval: true
// best weekday: 4, falling
