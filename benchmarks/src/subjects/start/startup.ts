/** How long a process takes to start, and how large it is then: fresh processes of both sides in turns. */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { megabytes, type Row } from '../../table.js';

const core = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'packages', 'core');
/** Within core, so that both sides find what core has installed. */
const OUTPUT = join(core, 'node_modules', '.cache', 'benchmarks', 'startup');

const exec = promisify(execFile);

type Side = 'jobs' | 'plain';

interface Moment {
  readonly name: string;
  readonly subject: string;
  /** Programs, up to the moment and behind it. The host's schema, and so zod, is a part of both. */
  readonly programs: Readonly<Partial<Record<Side, { readonly until: string; readonly after?: string }>>>;
}

const SCHEMA = `import { z } from 'zod';
const schema = z.object({ organizationId: z.string(), imageId: z.string(), width: z.number(), sent: z.number() });
const data = { organizationId: 'o-1', imageId: 'i-1', width: 320, sent: 1 };`;

const MOMENTS: readonly Moment[] = [
  {
    name: 'root',
    subject: 'start, imported',
    programs: { jobs: { until: `import './index.js';` }, plain: { until: `import 'bullmq';\nimport 'zod';` } },
  },
  {
    name: 'first-job',
    subject: 'start, first job added',
    programs: {
      jobs: {
        until: `import { createJobs, defineQueue } from './index.js';
${SCHEMA}
const queue = defineQueue({ name: 'startup', schema });
const jobs = createJobs({ connection: process.env.REDIS_URL, queues: [queue] });
await jobs.queue(queue).add(data);`,
        after: 'await jobs.close();',
      },
      plain: {
        until: `import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
${SCHEMA}
const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue('startup', { connection });
await queue.add('startup', schema.parse(data));`,
        after: 'await queue.close();\nconnection.disconnect();',
      },
    },
  },
  {
    name: 'define',
    subject: 'start, a queue defined by ./define',
    programs: {
      jobs: {
        until: `import { defineQueue } from './define.js';
${SCHEMA}
defineQueue({ name: 'startup', schema });`,
      },
    },
  },
];

/** What a process says of itself, at its moment. */
interface Start {
  /** Since the process was made. */
  readonly ms: number;
  /** Resident memory, bytes. */
  readonly resident: number;
}

const REPORT = 'console.log(JSON.stringify({ ms: performance.now(), resident: process.memoryUsage().rss }));';

export const startup: Subject = {
  name: 'startup',
  about: 'the time and the memory of a fresh process, imported and with its first job added',
  async run(bench) {
    const rounds = bench.size(21, 5);
    await buildPackage();
    const rows: Row[] = [];
    for (const moment of MOMENTS) {
      bench.say(`${moment.subject}: ${rounds} processes of each side`);
      rows.push(await measure(bench, moment, rounds));
    }
    await bench.flush();
    return rows;
  },
};

/** As npm delivers it: what is bundled with its host's program starts otherwise. */
async function buildPackage(): Promise<void> {
  const tsup = createRequire(join(core, '..', '..', 'package.json')).resolve('tsup/dist/cli-default.js');
  rmSync(OUTPUT, { recursive: true, force: true });
  await exec(process.execPath, [tsup, '--no-dts', '--out-dir', OUTPUT], { cwd: core });
  mkdirSync(OUTPUT, { recursive: true });
  writeFileSync(join(OUTPUT, 'package.json'), JSON.stringify({ type: 'module' }));
}

async function measure(bench: Bench, { name, subject, programs }: Moment, rounds: number): Promise<Row> {
  const sides = (['jobs', 'plain'] as const).flatMap((side) => {
    const program = programs[side];
    if (!program) return [];
    const file = join(OUTPUT, `${name}-${side}.mjs`);
    writeFileSync(file, `${program.until}\n${REPORT}\n${program.after ?? ''}\n`);
    return [{ side, file, starts: [] as Start[] }];
  });
  for (let round = -1; round < rounds; round++) {
    for (const { file, starts } of round % 2 === 0 ? sides : [...sides].reverse()) {
      await bench.flush();
      const one = await start(file, bench.redis.url);
      // The first one of each side finds the files on the disk, the others in memory.
      if (round >= 0) starts.push(one);
    }
  }
  const of = (side: Side) => sides.find((one) => one.side === side)?.starts ?? [];
  const [jobs, plain] = [of('jobs'), of('plain')];
  if (plain.length === 0) return { subject, jobs: text(jobs) };
  const ratios = jobs.map(({ ms }, round) => (plain[round]?.ms ?? ms) / ms);
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
  return {
    subject,
    jobs: text(jobs),
    plain: text(plain),
    ratio: `${median} (${low} to ${high})`,
    goal: 'at least 0.91, no more memory',
  };
}

function text(starts: readonly Start[]): string {
  const [low, median, high] = [0, 0.5, 1].map((share) =>
    quantile(
      starts.map(({ ms }) => ms),
      share,
    ).toFixed(0),
  );
  const resident = quantile(
    starts.map((one) => one.resident),
    0.5,
  );
  return `${median} ms (${low} to ${high}), ${megabytes(resident)} MB`;
}

async function start(file: string, redisUrl: string): Promise<Start> {
  const env = { ...process.env, REDIS_URL: redisUrl, NODE_ENV: 'production', NODE_OPTIONS: '' };
  const { stdout } = await exec(process.execPath, [file], { env });
  const answer: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (!isStart(answer)) throw new Error(`A process did not tell how it started: ${stdout}`);
  return answer;
}

function isStart(answer: unknown): answer is Start {
  return typeof answer === 'object' && answer !== null && 'ms' in answer && 'resident' in answer;
}
