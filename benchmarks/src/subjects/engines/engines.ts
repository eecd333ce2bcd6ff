import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@bizinsights/test-servers';
import type { Bench, Subject } from '../../subject.js';
import type { Row } from '../../table.js';
import { BATCH, CONCURRENCY } from '../../workload.js';

export const engines: Subject = {
  name: 'engines',
  about: 'the embedded engine and PostgreSQL, for information',
  async run(bench) {
    const folder = await mkdtemp(join(tmpdir(), 'bizinsights-benchmark-'));
    const postgres = await startPostgres();
    try {
      return [
        ...(await rows(bench, 'embedded', `file:${join(folder, 'jobs')}`)),
        ...(await rows(bench, 'PostgreSQL', postgres.url)),
      ];
    } finally {
      await bench.close();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function rows(bench: Bench, engine: string, url: string): Promise<Row[]> {
  const side = await bench.open('jobs', { url });
  const rounds = bench.size(3, 1);
  const many = { kind: 'add-many', jobs: bench.size(10_000, 3_000), batch: BATCH } as const;
  const one = { kind: 'add', jobs: bench.size(1_000, 300), inFlight: 1 } as const;
  const run = { kind: 'process', jobs: bench.size(2_000, 500), concurrency: CONCURRENCY } as const;
  return [
    await bench.measure(`${engine}: addMany, ${BATCH} at a time`, side, many, rounds),
    await bench.measure(`${engine}: add, one after the other`, side, one, rounds),
    await bench.measure(`${engine}: process, concurrency ${CONCURRENCY}`, side, run, rounds),
  ];
}
