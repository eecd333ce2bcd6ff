/** What grows with the number of queues: connections, the time to start and to stop, and what an event costs. */
import { bundleTask, runTask } from '../../data-sync/run-task.js';
import type { QueuesAnswer, QueuesTask } from '../../many-queues/task.js';
import { quantile } from '../../statistics.js';
import type { Subject } from '../../subject.js';
import type { Row } from '../../table.js';

/** A start and a stop of few queues take some milliseconds: of one round the figure is chance. */
const QUEUES = [
  { queues: 5, rounds: [15, 5] },
  { queues: 50, rounds: [5, 3] },
  { queues: 500, rounds: [5, 1] },
] as const;
const EVENT_GOAL = 300;

export const manyQueues: Subject = {
  name: 'many-queues',
  about: 'connections, start, stop and events of 5, 50 and 500 queues',
  async run(bench) {
    const program = await bundleTask('../many-queues/queues-process');
    const rows: Row[] = [];
    for (const {
      queues,
      rounds: [full, quick],
    } of QUEUES) {
      const rounds = bench.size(full, quick);
      bench.say(`many-queues: ${rounds} rounds of each side with ${queues} queues`);
      const answers: Record<QueuesTask['side'], QueuesAnswer[]> = { jobs: [], plain: [] };
      for (let round = 0; round < rounds; round++) {
        for (const side of round % 2 === 0 ? (['jobs', 'plain'] as const) : (['plain', 'jobs'] as const)) {
          await bench.flush();
          const task: QueuesTask = { side, redisUrl: bench.redis.url, queues, jobs: bench.size(500, 100) };
          answers[side].push(await runTask<QueuesAnswer>(program, task));
        }
      }
      await bench.flush();
      rows.push(...rowsOf(queues, answers));
    }
    return rows;
  },
};

function rowsOf(queues: number, { jobs, plain }: Record<QueuesTask['side'], readonly QueuesAnswer[]>): Row[] {
  const median = (answers: readonly QueuesAnswer[], of: (answer: QueuesAnswer) => number) =>
    quantile(answers.map(of), 0.5);
  const time = (name: 'start' | 'stop'): Row => {
    const [ours, theirs] = [median(jobs, (one) => one[name]), median(plain, (one) => one[name])];
    const ratio = quantile(
      jobs.map((one, round) => (plain[round]?.[name] ?? 0) / one[name]),
      0.5,
    );
    return {
      subject: `${queues} queues: ${name}`,
      jobs: `${ours.toFixed(0)} ms`,
      plain: `${theirs.toFixed(0)} ms`,
      ratio: ratio.toFixed(2),
      goal: 'at least 1.00',
    };
  };
  const connections = (answers: readonly QueuesAnswer[]) => Math.max(...answers.map((one) => one.connections));
  const bytes = Math.max(...jobs.map(({ events }) => events?.bytes ?? 0));
  if (bytes >= EVENT_GOAL) throw new Error(`An event takes ${bytes} bytes with ${queues} queues`);
  const cpu = (of: 'cpu' | 'cpuAlone') => median(jobs, ({ events }) => events?.[of] ?? 0).toFixed(2);
  return [
    { subject: `${queues} queues: connections`, jobs: `${connections(jobs)}`, plain: `${connections(plain)}` },
    time('start'),
    time('stop'),
    {
      subject: `${queues} queues: an added job's events to 50 streams`,
      jobs: `${bytes} bytes each, ${cpu('cpu')} ms (${cpu('cpuAlone')} without streams)`,
      goal: `fewer than ${EVENT_GOAL} bytes`,
    },
  ];
}
