import { expect, it } from 'vitest';
import { describeStats, QueueCounters, toStats } from './statistics.js';

it('a line says of each queue what was done, and names only what happened', () => {
  const emails = new QueueCounters(5, () => 2);
  Object.assign(emails, { completed: 120, failed: 2, retried: 3, stalled: 1, duration: 5_400 });
  const idle = new QueueCounters(2, () => 0);
  const stats = toStats(
    1_000,
    31_000,
    new Map([
      ['email-sending', emails],
      ['insights', idle],
    ]),
  );
  expect(stats).toMatchObject({ uptime: 30_000, queues: { insights: { completed: 0, averageDuration: undefined } } });
  expect(describeStats(stats)).toMatch(
    /^email-sending 120 done, 2 failed, 3 retried, 1 stalled, 2 running, 45 ms \| insights 0 done, 0 running \| \d+ MB$/,
  );
});
