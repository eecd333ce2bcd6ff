// Proves that each rule of .dependency-cruiser.cjs bites: builds a small copy of the house with wrong imports in it
// (and right ones, which must pass), and cruises it with the command that `npm run imports` uses.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from './publishable-packages.js';

type Case = readonly [file: string, code: string, rule: string];

const WRONG: readonly Case[] = [
  // Between packages
  ['packages/core/src/a.ts', "import '@bizinsights/jobs-email';", 'package-core'],
  ['packages/core/src/b.test.ts', "import '@bizinsights/jobs-store';", 'package-core'],
  ['packages/core/src/testing/a.ts', "import '@bizinsights/jobs-email/queue';", 'package-core'],
  ['packages/core/src/c.ts', "import type {} from '@bizinsights/jobs-email';", 'package-core'],
  ['packages/platforms/src/stripe/a.ts', "import '@bizinsights/jobs-email/queue';", 'package-platforms'],
  ['packages/platforms/src/stripe/a.test.ts', "import '@bizinsights/jobs-sandbox';", 'package-platforms'],
  ['packages/sandbox/src/a.ts', "import '@bizinsights/jobs-email/queue';", 'package-sandbox'],
  ['packages/processors/email/src/a.ts', "import '@bizinsights/jobs-store';", 'package-processors'],
  ['packages/processors/email/src/b.ts', "import '../../../../examples/express/server.js';", 'package-processors'],
  ['packages/store/src/a.ts', "import '@bizinsights/jobs-next';", 'package-store'],
  ['packages/adapters-next/src/a.ts', "import '@bizinsights/jobs-express';", 'package-adapters'],
  ['packages/adapters-next/src/b.ts', "import '@bizinsights/jobs-core';", 'adapter-imports-monitoring-alone'],
  ['packages/processors/alerts/src/a.ts', "import '@bizinsights/jobs-email';", 'processor-contract-only'],
  ['packages/processors/alerts/src/b.ts', "import '../../../core/src/index.js';", 'packages-meet-by-name'],
  ['packages/processors/insights/src/queue.ts', "import './processor.js';", 'queue-imports-zod-and-core'],
  ['packages/processors/reports/src/queue.ts', "import 'node:fs';", 'queue-imports-zod-and-core'],
  ['packages/processors/alerts/src/queue.ts', "import '@bizinsights/jobs-core';", 'queue-imports-zod-and-core'],
  ['packages/processors/email/src/contract/a.ts', "import '../processor.js';", 'queue-imports-zod-and-core'],
  ['packages/store/src/b.ts', "import '@bizinsights/jobs-email/queue';", 'store-implements-ports-by-types'],
  ['packages/core/src/testing/b.ts', "import '@bizinsights/test-servers';", 'test-servers-in-tests-only'],
  ['packages/store/src/c.ts', "import '@bizinsights/jobs-sandbox';", 'sandbox-in-tests-only'],
  ['packages/processors/email/src/c.ts', "import '@bizinsights/jobs-core/testing';", 'core-testing-in-tests-only'],
  ['examples/express/server.ts', "import '@bizinsights/jobs-unknown';", 'no-unresolved-path'],
  // Inside core
  ['packages/core/src/engine/a.ts', "import '../queue/definition.js';", 'core-layer-engine'],
  ['packages/core/src/engine/b.ts', "import type {} from '../jobs.js';", 'core-layer-engine'],
  ['packages/core/src/queue/a.ts', "import '../processor/definition.js';", 'core-layer-queue'],
  ['packages/core/src/coordination/a.ts', "import '../queue/definition.js';", 'core-layer-coordination'],
  ['packages/core/src/processor/a.ts', "import '../worker/runtime.js';", 'core-layer-processor'],
  ['packages/core/src/define.ts', "import './worker/runtime.js';", 'core-layer-define'],
  ['packages/core/src/worker/a.ts', "import '../monitoring/index.js';", 'core-layer-worker'],
  ['packages/core/src/scheduler/a.ts', "import '../worker/runtime.js';", 'core-layer-scheduler'],
  ['packages/core/src/monitoring/a.ts', "import '../jobs.js';", 'core-layer-monitoring'],
  ['packages/core/src/jobs-instance.ts', "import './jobs.js';", 'core-layer-jobsinstance'],
  ['packages/core/src/jobs.ts', "import './cli/main.js';", 'core-layer-jobs'],
  ['packages/core/src/events.ts', "import './queue/definition.js';", 'core-leaves'],
  ['packages/core/src/names.ts', "import './engine/contract.js';", 'core-leaves'],
  ['packages/core/src/logger.ts', "import './engine/contract.js';", 'core-leaves'],
  ['packages/core/src/defined.ts', "import './queue/definition.js';", 'core-leaves'],
  ['packages/core/src/scheduler/b.ts', "import type {} from '../http/router.js';", 'core-http-for-apis'],
  ['packages/core/src/http/a.ts', "import '../monitoring/index.js';", 'core-layer-http'],
  ['packages/core/src/http/b.ts', "import type {} from '../queue/definition.js';", 'core-layer-http'],
  ['packages/core/src/queue/b.ts', "import 'bullmq';", 'drivers-in-engine-only'],
  ['packages/processors/email/src/d.ts', "import 'ioredis';", 'drivers-in-engine-only'],
  ['packages/core/src/worker/cycle.ts', "import './cycle-back.js';", 'no-circular'],
  ['packages/core/src/worker/cycle-back.ts', "import './cycle.js';", 'no-circular'],
];

const RIGHT: readonly Case[] = [
  ['packages/core/src/index.ts', "import './jobs.js'; import './worker/runtime.js';", ''],
  ['packages/core/src/engine/contract.ts', "import 'bullmq'; import 'pg'; import '../errors.js';", ''],
  ['packages/core/src/engine/embedded/engine.ts', "import '@electric-sql/pglite';", ''],
  ['packages/core/src/queue/definition.ts', "import '../engine/contract.js'; import type {} from 'bullmq';", ''],
  [
    'packages/core/src/processor/definition.ts',
    "import '../queue/definition.js'; import '../coordination/cache.js';",
    '',
  ],
  ['packages/core/src/worker/runtime.ts', "import '../processor/definition.js';", ''],
  ['packages/core/src/monitoring/index.ts', "import '../worker/runtime.js'; import '../http/router.js';", ''],
  ['packages/core/src/http/router.ts', "import '../errors.js'; import type {} from '../engine/contract.js';", ''],
  ['packages/core/src/cli/index.ts', "import '../jobs.js';", ''],
  ['packages/core/src/cli/main.ts', "import 'node:util';", ''],
  [
    'packages/core/src/coordination/cache.ts',
    "import type {} from '../engine/contract.js'; import '../errors.js';",
    '',
  ],
  ['packages/core/src/errors.ts', "import 'zod';", ''],
  ['packages/core/src/testing/index.ts', "import '../index.js'; import 'bullmq';", ''],
  ['packages/core/src/engine/engine.test.ts', "import '../jobs.js'; import '@bizinsights/test-servers';", ''],
  ['packages/test-servers/src/index.ts', "import 'node:child_process';", ''],
  ['packages/platforms/src/stripe/index.ts', "import '@bizinsights/jobs-core';", ''],
  ['packages/processors/email/src/queue.ts', "import 'zod'; import '@bizinsights/jobs-core/define';", ''],
  ['packages/processors/email/src/index.ts', "import './queue.js'; import '@bizinsights/jobs-core';", ''],
  ['packages/processors/email/src/e.test.ts', "import '@bizinsights/jobs-core/testing';", ''],
  ['packages/processors/alerts/src/index.ts', "import '@bizinsights/jobs-email/queue';", ''],
  ['packages/processors/insights/src/processor.ts', "import '@bizinsights/jobs-platforms/stripe';", ''],
  [
    'packages/sandbox/src/index.ts',
    "import '@bizinsights/jobs-platforms/stripe'; import '@bizinsights/jobs-core';",
    '',
  ],
  ['packages/store/src/sync.test.ts', "import '@bizinsights/jobs-sandbox';", ''],
  ['packages/store/src/index.ts', "import type {} from '@bizinsights/jobs-email'; import 'pg';", ''],
  ['packages/adapters-next/src/index.ts', "import '@bizinsights/jobs-core/monitoring';", ''],
  ['packages/adapters-next/src/index.test.ts', "import '@bizinsights/jobs-core';", ''],
  ['packages/adapters-express/src/index.ts', "import type {} from '@bizinsights/jobs-core/monitoring';", ''],
  ['examples/express/main.ts', "import '@bizinsights/jobs-express'; import '@bizinsights/jobs-email';", ''],
];

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
  /** The files of a circle, which is reported once. */
  readonly cycle?: readonly { readonly name: string }[];
}

/** What is imported from npm must be found: of a package that is not, dependency-cruiser forgets that it was a type. */
const INSTALLED = ['bullmq', 'ioredis', 'pg', '@electric-sql/pglite', 'zod'];

let house: string;
/** The broken rules of each file. */
const found = new Map<string, string[]>();

beforeAll(async () => {
  house = mkdtempSync(join(tmpdir(), 'imports-'));
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json']) cpSync(join(root, file), join(house, file));
  for (const [file, code] of [...RIGHT, ...WRONG]) {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), `${code}\n`);
  }
  for (const name of INSTALLED) {
    const folder = join(house, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    writeFileSync(join(folder, 'index.js'), '');
  }
  const depcruise = join(root, 'node_modules', '.bin', 'depcruise');
  // Violations make the command exit with their number; the report stands in its output all the same.
  const { stdout } = await promisify(execFile)(depcruise, ['.', '--output-type', 'json'], {
    cwd: house,
    maxBuffer: 64 * 1024 * 1024,
  }).catch((error: { stdout: string }) => error);
  const report = JSON.parse(stdout) as { summary: { violations: Violation[] } };
  for (const { from, rule, cycle = [] } of report.summary.violations) {
    for (const file of new Set([from, ...cycle.map(({ name }) => name)])) {
      found.set(file, [...(found.get(file) ?? []), rule.name]);
    }
  }
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('a wrong import fails', () => {
  test.each(WRONG)('%s: %s breaks %s', (file, _code, rule) => {
    expect(found.get(file)).toContain(rule);
  });

  test('every rule is proved by a case', async () => {
    const { default: config } = (await import(join(root, '.dependency-cruiser.cjs'))) as {
      default: { forbidden: { name: string }[] };
    };
    expect(new Set(WRONG.map(([, , rule]) => rule))).toEqual(new Set(config.forbidden.map(({ name }) => name)));
  });
});

describe('a right import passes', () => {
  test.each(RIGHT)('%s: %s', (file) => {
    expect(found.get(file)).toBeUndefined();
  });
});
