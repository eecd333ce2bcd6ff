/** What makes the tables, step by step. */
import { step0001 } from './migrations/0001-organizations-integrations-records-metrics.js';
import { step0002 } from './migrations/0002-webhook-accounts.js';
import { step0003 } from './migrations/0003-records-moved-from.js';
import { step0004 } from './migrations/0004-erased-records.js';
import { step0005 } from './migrations/0005-integration-accounts.js';
import { step0006 } from './migrations/0006-full-reads.js';
import { step0007 } from './migrations/0007-stream-reads.js';
import { step0008 } from './migrations/0008-stream-kinds.js';
import { step0009 } from './migrations/0009-days-of-ambiguous-zones.js';
import { step0010 } from './migrations/0010-member-roles-alerts.js';
import { step0011 } from './migrations/0011-insights.js';
import { step0012 } from './migrations/0012-reports.js';
import { step0013 } from './migrations/0013-record-cut-off.js';
import { step0014 } from './migrations/0014-report-jobs.js';
import { step0015 } from './migrations/0015-told-insights.js';
import { step0016 } from './migrations/0016-model-narration.js';
import { step0017 } from './migrations/0017-model-spending.js';
import type { Migration } from './migrations/migration.js';

/**
 * A step that has been released is never changed: another one is added.
 *
 * No foreign keys from the large tables to `integrations`: they would be checked row by row. `RecordSink.write` looks once
 * a batch, and `integrations.remove` takes the rows with it.
 */
export const MIGRATIONS: readonly Migration[] = [
  step0001,
  step0002,
  step0003,
  step0004,
  step0005,
  step0006,
  step0007,
  step0008,
  step0009,
  step0010,
  step0011,
  step0012,
  step0013,
  step0014,
  step0015,
  step0016,
  step0017,
];
