// A streaming detector: each value of a series is judged as it arrives, and what the detector knows is kept as JSON.
import { createDetector } from '@bizinsights/jobs-insights';

// #region detector
const detector = createDetector({ seasons: [7] }); // daily values with a week; without `seasons` it looks for one
// #endregion

// Twelve weeks of orders with a quiet weekend; then an unknown day, and a week later half as many.
const orders = Array.from({ length: 84 }, (_, day) => (day % 7 < 5 ? 120 : 40) + ((day * 37) % 11));
const latest = [124, 127, null, 126, 121, 43, 47, 60, 62, 57, 63, 59, 21];

for (const value of orders) detector.push(value);

// #region state
const stored = JSON.stringify(detector.state()); // in a database, say
const later = createDetector({ seasons: [7], state: JSON.parse(stored) }); // in another process
// #endregion

// #region push
for (const value of latest) {
  const { score, expected, lower, upper, kind } = later.push(value); // null is unknown: nothing is learned
  if (!kind || expected === null || lower === null || upper === null) continue;
  const [usual, low, high] = [expected, lower, upper].map(Math.round);
  console.log(`${kind}: ${value} instead of ${usual} (${low} to ${high}), score ${score.toFixed(2)}`);
}
// #endregion
// Output:
// drop: 60 instead of 124 (105 to 131), score 0.84
// shift: 59 instead of 116 (7 to 123), score 0.33
