/**
 * `npm run bench`: the library side by side with plain BullMQ, on a Redis of its own.
 *
 *   npm run bench                      everything
 *   npm run bench -- enqueue process   these subjects only
 *   npm run bench -- --quick           fewer rounds
 *   npm run bench -- --markdown        the table as Markdown
 *   npm run bench -- insights-nab --nab FOLDER --threshold 0.75
 *   npm run bench -- insights-truth --seeds 11-30 --list
 */
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '@bizinsights/test-servers';
import { bundleSide } from './bundle-side.js';
import { Bench, type Subject } from './subject.js';
import { counts } from './subjects/engines/counts.js';
import { embeddedDelay } from './subjects/engines/embedded-delay.js';
import { engines } from './subjects/engines/engines.js';
import { longestScript } from './subjects/engines/longest-script.js';
import { insightsNab } from './subjects/insights/insights-nab.js';
import { insightsOrganizations } from './subjects/insights/insights-organizations.js';
import { insightsSeries } from './subjects/insights/insights-series.js';
import { insightsTruth } from './subjects/insights/insights-truth.js';
import { insightsTurns } from './subjects/insights/insights-turns.js';
import { refresh } from './subjects/insights/refresh.js';
import { dataSync } from './subjects/integrations/data-sync.js';
import { platformLimit } from './subjects/integrations/platform-limit.js';
import { webhooks } from './subjects/integrations/webhooks.js';
import { enqueue } from './subjects/jobs/enqueue.js';
import { memory } from './subjects/jobs/memory.js';
import { pickUp } from './subjects/jobs/pick-up.js';
import { processing } from './subjects/jobs/process.js';
import { rateLimit } from './subjects/jobs/rate-limit.js';
import { roundTrips } from './subjects/jobs/round-trips.js';
import { monitoring } from './subjects/monitoring/monitoring.js';
import { search } from './subjects/monitoring/search.js';
import { searchRefresh } from './subjects/monitoring/search-refresh.js';
import { peersPostgres } from './subjects/peers/peers-postgres.js';
import { peersRedis } from './subjects/peers/peers-redis.js';
import { schedules } from './subjects/schedules/schedules.js';
import { schedulesDue } from './subjects/schedules/schedules-due.js';
import { manyQueues } from './subjects/start/many-queues.js';
import { startup } from './subjects/start/startup.js';
import { type Row, toTable } from './table.js';

const SUBJECTS: readonly Subject[] = [
  enqueue,
  processing,
  pickUp,
  rateLimit,
  memory,
  engines,
  embeddedDelay,
  counts,
  monitoring,
  manyQueues,
  longestScript,
  roundTrips,
  search,
  searchRefresh,
  schedules,
  schedulesDue,
  dataSync,
  refresh,
  platformLimit,
  insightsSeries,
  insightsTruth,
  insightsOrganizations,
  insightsTurns,
  webhooks,
  startup,
  insightsNab,
  peersRedis,
  peersPostgres,
];

/** Where the labelled series lie unless said otherwise: beside the repository. */
const BESIDE = fileURLToPath(new URL('../../../shared/nab', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    nab: { type: 'string' },
    threshold: { type: 'string' },
    seeds: { type: 'string' },
    period: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !SUBJECTS.some((subject) => subject.name === name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no subject ${unknown.map((name) => `"${name}"`).join(', ')}.\n`);
  console.log(
    'npm run bench -- [--quick] [--markdown] [--nab FOLDER] [--threshold NUMBER] [--seeds 20|11-30] [--period 1y|30d] [--list] [subject …]\n',
  );
  const width = Math.max(...SUBJECTS.map(({ name }) => name.length));
  for (const { name, about } of SUBJECTS) console.log(`  ${name.padEnd(width)}  ${about}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const threshold = values.threshold === undefined ? undefined : Number(values.threshold);
if (threshold !== undefined && !(threshold >= 0 && threshold <= 1)) {
  console.error(`--threshold is ${values.threshold}: a score from 0 to 1`);
  process.exit(2);
}
const seeds = values.seeds === undefined ? undefined : seedsOf(values.seeds);
if (values.seeds !== undefined && !seeds) {
  console.error(`--seeds is ${values.seeds}: how many, such as 20, or the first and the last, such as 11-30`);
  process.exit(2);
}
const period = values.period === '1y' || values.period === '30d' ? values.period : undefined;
if (values.period !== undefined && !period) {
  console.error(`--period is ${values.period}: 1y or 30d`);
  process.exit(2);
}

const started = performance.now();
const [loadBefore = 0] = loadavg();
// What goes on is told on stderr: stdout is for the table alone.
const say = (line: string) => console.error(line);
const program = await bundleSide('core');
const redis = await startRedis();
const bench = new Bench(redis, values.quick, program, say, {
  markdown: values.markdown,
  nab: values.nab === undefined ? BESIDE : resolve(process.env.INIT_CWD ?? '.', values.nab),
  ...(threshold === undefined ? {} : { threshold }),
  ...(seeds ? { seeds } : {}),
  ...(period ? { period } : {}),
  list: values.list,
});
const rows: Row[] = [];
try {
  for (const subject of SUBJECTS) {
    if (positionals.length > 0 && !positionals.includes(subject.name)) continue;
    const begun = performance.now();
    const found = await subject.run(bench);
    rows.push(...found);
    // A run that is stopped has said what it has found until then.
    say(
      `${subject.name}: ${((performance.now() - begun) / 1_000).toFixed(0)} s\n${found.length > 0 ? toTable(found, false) : ''}`,
    );
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await bench.close();
  await redis.stop();
}
if (rows.length > 0) console.log(`\n${toTable(rows, values.markdown)}`);
for (const table of bench.tables) console.log(`\n${table}`);
const [processor] = cpus();
console.log(
  `\nNode ${process.version}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}, load before the start ` +
    `${loadBefore.toFixed(1)}, ${((performance.now() - started) / 1_000).toFixed(0)} s`,
);

/** Undefined for what are no seeds. */
function seedsOf(text: string): readonly [number, number] | undefined {
  const [, first = '1', last] = /^(?:(\d+)-)?(\d+)$/.exec(text) ?? [];
  const seeds = [Number(first), Number(last)] as const;
  return seeds[0] >= 1 && seeds[1] >= seeds[0] ? seeds : undefined;
}
