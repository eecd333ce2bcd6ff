/** Which test file is of which project of vitest.config.ts: a file is of the first whose pattern it matches. */

/** All tests that are there. */
export const TESTS = ['packages/*/src/**', 'packages/processors/*/src/**', 'examples/**', 'tests/**'].map(
  (folder) => `${folder}/*.test.{ts,tsx}`,
);

/** On what npm delivers. */
export const PACKAGING = [
  'tests/{packaging,package-managers,readme-installs,loaded-modules}.test.ts',
  'examples/features/features.test.ts',
  'examples/bizinsights-next/src/demo/once.test.ts',
  'examples/bizinsights-next/pm2/worker.test.ts',
];

/** The example's app in a real browser, after its build. */
export const APP = ['examples/bizinsights-next/e2e/*.e2e.test.ts', 'examples/bizinsights-next/pm2/app.test.ts'];

/** With what has been published since: `npm run canary`, and not `npm test`. */
export const CANARY = ['tests/canary/*.test.ts'];

/** Processes that are killed, servers that break, builds: minutes by nature. */
export const SOAK = ['**/*.soak.test.ts'];

/**
 * Functions, and processors on the memory engine: milliseconds each, and no server or process besides that of the tests.
 * `pure-setup.ts` refuses connections, child processes and the embedded store there. A file that is no longer pure leaves
 * this list, and runs with the engines like every file that is not listed here. So does one that takes seconds of a core:
 * `npm run quick` has 20 s for all of them, the types and lint.
 */
export const PURE = [
  'examples/bizinsights-next/src/lib/sign-in/{password-hash,sign-in-tries}.test.ts',
  'packages/core/src/{calendar,config,errors,known-options,logger,timers}.test.ts',
  'packages/core/src/coordination/{cursor,lease,locks}.test.ts',
  'packages/core/src/{processor,queue,testing}/**/*.test.ts',
  'packages/core/src/engine/{connection-error,lazy-engine,recurrence}.test.ts',
  'packages/core/src/engine/bullmq/{joined-adds,keys}.test.ts',
  'packages/core/src/engine/memory/{engine,job-list,state}.test.ts',
  'packages/core/src/engine/redis/connection/{address,shared-client}.test.ts',
  'packages/core/src/engine/redis/events/place.test.ts',
  'packages/core/src/http/{authorize,flood-gate,router}.test.ts',
  'packages/core/src/monitoring/{event-hub,events-stream,routes}.test.ts',
  'packages/core/src/monitoring/jobs/job-detail.test.ts',
  'packages/core/src/monitoring/search/{job-search,room,word-filter}.test.ts',
  'packages/core/src/scheduler/{clean-up,fingerprint,keeper,key-set,record,timing,view}.test.ts',
  'packages/core/src/worker/{concurrency,drain,error-report,failure-line,runner,settings,statistics}.test.ts',
  'packages/platforms/src/{credentials,identify-account}.test.ts',
  'packages/platforms/src/facebook-ads/{campaign-days,campaigns,webhook}.test.ts',
  'packages/platforms/src/google-analytics/access-token.test.ts',
  'packages/platforms/src/http/{private-address,retry-after}.test.ts',
  'packages/platforms/src/{records,streams,webhooks}/**/*.test.ts',
  'packages/platforms/src/shopify/webhook.test.ts',
  'packages/platforms/src/stripe/{charges,streams,stripe,webhook}.test.ts',
  'packages/platforms/src/woocommerce/{origin,webhook}.test.ts',
  'packages/platforms/src/*/{client,order-total,queries,quota,records}.test.ts',
  'packages/processors/alerts/src/{conformance,processor}.test.ts',
  'packages/processors/data-sync/src/{completed-reads,conformance,full-read,kept-aside,position,processor,rhythm,schedules}.test.ts',
  'packages/processors/email/src/{address,brand,conformance,environment,idempotency-key,queue,render}.test.{ts,tsx}',
  'packages/processors/email/src/contract/migrations.test.ts',
  'packages/processors/email/src/templates/format.test.ts',
  'packages/processors/email/src/transports/retry-after.test.ts',
  'packages/processors/insights/src/**/*.test.ts',
  'packages/processors/reports/src/{conformance,processor,relative-period,request-report,schedules}.test.ts',
  'packages/processors/reports/src/render/{csv,pdf,xlsx}.test.ts',
  'packages/processors/reports/src/storage/*.test.ts',
  'packages/processors/webhooks/src/{captured,conformance,environment,processor,raw-request,standard-webhooks}.test.ts',
  'packages/processors/webhooks/src/deliveries/{deliveries,routes}.test.ts',
  'packages/processors/webhooks/src/processing/{mode,privacy}.test.ts',
  'packages/store/src/integrations/keyring.test.ts',
  'tests/{projects,workspace}.test.ts',
  'tests/soak/ledger.test.ts',
];
