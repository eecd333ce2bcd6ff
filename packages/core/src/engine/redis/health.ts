/** What Redis says of itself: how long it takes to answer, its version, and settings by which jobs may be lost. */

import type { Cluster, Redis } from 'ioredis';
import { defined } from '../../defined.js';
import type { EngineHealth } from '../contract.js';
import { acknowledgeWarnings } from './acknowledge.js';
import type { RedisClient } from './connection/connection.js';

/** @param replicas that have to have what is added, where that is asked for */
export async function readHealth(client: RedisClient, replicas: number | undefined): Promise<EngineHealth> {
  const start = performance.now();
  await client.ping();
  const latency = performance.now() - start;
  // Not `info()`, which hides the policy from BullMQ: see connection/client.ts.
  const fields = await Promise.all(
    mastersOf(client).map(async (master) => fieldsOf(String(await master.call('INFO')))),
  );
  const [field = () => undefined] = fields;
  const policy = field('maxmemory_policy');
  const warnings =
    policy === undefined || policy === 'noeviction'
      ? []
      : [`maxmemory-policy is "${policy}": Redis may throw jobs away when memory runs out. Set it to "noeviction".`];
  if (fields.some((of) => of('aof_enabled') === '0') && (await maySetAppendOnly(client))) {
    warnings.push('appendonly is "no": a restart of Redis loses the last jobs, or all of them. Set it to "yes".');
  }
  if (replicas !== undefined) warnings.push(...fields.flatMap((of) => acknowledgeWarnings(replicas, of)));
  return { reachable: true, latency, warnings, ...versionOf(field('redis_version')) };
}

/** A managed Redis keeps its data in ways of its own, and does not show its settings. */
async function maySetAppendOnly(client: RedisClient): Promise<boolean> {
  return await client.config('GET', 'appendonly').then(
    (found) => Array.isArray(found) && found.length > 0,
    () => false,
  );
}

function mastersOf(client: RedisClient): Redis[] {
  return isCluster(client) ? client.nodes('master') : [client];
}

/** The host may have another copy of ioredis than we: by its own word. */
function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}

function fieldsOf(info: string): (name: string) => string | undefined {
  return (name) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

function versionOf(version: string | undefined): { version?: string } {
  return defined({ version });
}
