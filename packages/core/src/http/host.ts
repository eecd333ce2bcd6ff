/** What an API made of this kit takes of a host's jobs: its parts, which a host has no need to touch. */
import type { Variables } from '../config.js';
import type { StateStore } from '../engine/contract.js';
import { AuditLog } from './audit-log.js';

/** A registered symbol, so that `./http` loaded as CommonJS finds the parts of jobs made by the ES module. */
export const HTTP: unique symbol = Symbol.for('@bizinsights/jobs-core/http') as typeof HTTP;

/** The answer of `createJobs` or `createTestJobs`. */
export interface HttpHost {
  readonly [HTTP]: {
    readonly state: StateStore;
    /** Epoch ms. */
    readonly now: () => number;
    /** Where variables are read. Absent: the process's. */
    readonly variables?: Variables;
  };
}

/** Where a host's variables are read: `createJobs({ environment })`. Undefined is the process's. */
export function variablesOf(jobs: HttpHost): Variables | undefined {
  return jobs[HTTP].variables;
}

/** The audit log of a host's jobs, which `GET /audit` of the monitoring API shows. One for all APIs of the host. */
export function openAuditLog(jobs: HttpHost): AuditLog {
  return new AuditLog(jobs[HTTP]);
}
