/** Which test file is of which project of vitest.config.ts: a file is of the first whose pattern it matches. */

/** All tests that are there. */
export const TESTS = ['packages/*/src/**', 'packages/processors/*/src/**', 'examples/**', 'tests/**'].map(
  (folder) => `${folder}/*.test.{ts,tsx}`,
);

/** On what npm delivers. */
export const PACKAGING = ['tests/{packaging,loaded-modules}.test.ts', 'examples/features/features.test.ts'];

/** Processes that are killed, servers that break, builds: minutes by nature. */
export const SOAK = ['**/*.soak.test.ts'];

/**
 * Functions, and processors on the memory engine: milliseconds each, and nothing beside the process of the tests.
 * `pure-setup.ts` refuses connections, child processes and the embedded store there. A file that stops to be pure leaves
 * this list and runs with the engines, where all that is not listed here is.
 */
export const PURE = [
  'packages/core/src/{calendar,config,errors,logger}.test.ts',
  'packages/core/src/{processor,queue,testing}/**/*.test.ts',
  'packages/core/src/engine/{connection-error,recurrence}.test.ts',
  'packages/core/src/engine/bullmq/keys.test.ts',
  'packages/core/src/engine/memory/{engine,job-list,state}.test.ts',
  'packages/core/src/engine/redis/connection/address.test.ts',
  'packages/core/src/monitoring/{authorize,event-hub,events-stream,flood-gate,job-detail,preview}.test.ts',
  'packages/core/src/monitoring/search/**/*.test.ts',
  'packages/core/src/scheduler/{clean-up,description,keeper,key-set,timing}.test.ts',
  'packages/core/src/worker/{concurrency,error-report,runner,settings,statistics}.test.ts',
  'packages/platforms/src/{credentials,exact-webhooks,webhooks/exact-webhooks}.test.ts',
  'packages/platforms/src/http/{loop-guard,private-address,retry-after}.test.ts',
  'packages/platforms/src/records/**/*.test.ts',
  'packages/platforms/src/streams/**/*.test.ts',
  'packages/platforms/src/*/{client,order-total,queries,quota,records}.test.ts',
  'packages/platforms/src/stripe/streams.test.ts',
  'packages/processors/data-sync/src/{completed-reads,conformance,full-read,kept-aside,processor,rhythm,schedules}.test.ts',
  'packages/processors/email/src/{address,conformance,idempotency-key,queue,render}.test.{ts,tsx}',
  'packages/processors/email/src/transports/retry-after.test.ts',
  'packages/processors/webhooks/src/{captured,conformance,deliveries,mode,privacy,processor,raw-request,standard-webhooks}.test.ts',
  'packages/store/src/integrations/keyring.test.ts',
  'tests/{projects,workspace}.test.ts',
  'tests/soak/ledger.test.ts',
];
