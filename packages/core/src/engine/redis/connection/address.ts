/** Reads the address of a Redis: single node, TLS, Sentinel or Cluster. */
import { ConfigError } from '../../../errors.js';

/** A host and its port. */
export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** What an address says. */
export interface RedisAddress {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  readonly tls: boolean;
  readonly nodes: readonly RedisNode[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** Of the master that the sentinels know. */
  readonly name: string;
  /** Hosts, ports and what stands behind them, for log lines: no user, no password. */
  readonly text: string;
}

const PORT = 6_379;
const SENTINEL_PORT = 26_379;

const FORMS =
  'redis://user:password@host:port/db, rediss://… (TLS), redis-cluster://host:port,host:port, ' +
  'redis-sentinel://host:port,host:port/name';

const ADDRESS = /^(redis|rediss)(-cluster|-sentinel)?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^@/?#]*))?$/;

/**
 * Reads an address. No message repeats a part of it: where an address is wrong, its password may be anywhere.
 *
 * @throws {ConfigError} saying what is wrong, and naming the forms that there are.
 */
export function parseRedisAddress(url: string): RedisAddress {
  if (url.includes('?')) {
    refuse('has settings behind "?", which are not read: give createJobs an ioredis instance made with them');
  }
  const match = ADDRESS.exec(url);
  if (!match) refuse(`is none of ${FORMS}; in a user or password write @ : / ? # and % as %40 %3A %2F %3F %23 %25`);
  const [, scheme, suffix, credentials = '', hosts = '', path = ''] = match;
  const kind = suffix === '-cluster' ? 'cluster' : suffix === '-sentinel' ? 'sentinel' : 'single';
  const nodes = hosts.split(',').map((node) => parseNode(node, kind === 'sentinel' ? SENTINEL_PORT : PORT));
  if (kind === 'single' && nodes.length > 1) {
    refuse('names several hosts; that is redis-cluster:// or redis-sentinel://');
  }
  if (kind === 'cluster' && path !== '') refuse('names a database, but a cluster has one only: leave it out');
  if (kind === 'single' && !/^\d{0,5}$/.test(path)) refuse('ends in something that is not the number of a database');
  const [username = '', ...password] = credentials.split(':').map(decode);
  const db = kind === 'single' ? Number(path) : 0;
  const name = kind === 'sentinel' ? decode(path) || 'mymaster' : '';
  const addresses = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
  return {
    kind,
    tls: scheme === 'rediss',
    nodes,
    username: username || undefined,
    password: password.join(':') || undefined,
    db,
    name,
    text: `${addresses}${name || db > 0 ? `/${name || db}` : ''}`,
  };
}

function parseNode(text: string, defaultPort: number): RedisNode {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535)
    refuse(`has a host or port that cannot be; the forms are ${FORMS}`);
  return { host, port };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('has a % that begins no escape such as %40; write a % itself as %25');
  }
}

function refuse(problem: string): never {
  throw new ConfigError('The Redis address is wrong', [{ path: ['connection'], message: `it ${problem}` }]);
}
