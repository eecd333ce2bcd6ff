/** What the routes of one handler share. */

import type { AuditLog } from '../http/audit-log.js';
import type { MonitoringAccess } from './access.js';
import type { EventHub } from './event-hub.js';
import type { JobSearch } from './search/job-search.js';
import type { SharedReads } from './shared-reads.js';

export interface Services {
  readonly access: MonitoringAccess;
  readonly reads: SharedReads;
  readonly audit: AuditLog;
  readonly events: EventHub;
  readonly search: JobSearch;
}
