/** A real Redis on a free port. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { ensureRedis } from './install.js';
import { freePort } from './ports.js';
import { removeFolder, type ServerProcess, startServer, untilReady } from './process.js';

export interface RedisOptions {
  /** Keep every write on disk before it is acknowledged, so that a killed server comes back with all of them. */
  readonly appendOnly?: boolean;
  readonly password?: string;
  /** `rediss://` with a certificate of its own, which `ca` is for. */
  readonly tls?: boolean;
  /** Default `noeviction`. */
  readonly maxmemoryPolicy?: string;
  /** More words for `redis-server`. */
  readonly args?: readonly string[];
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** Of a `tls` server. */
  readonly ca: string | undefined;
  /** Sends one command over a connection of its own and gives the raw answer. */
  command(...words: string[]): Promise<string>;
  /** SIGKILL. The data folder stays for `start`. */
  kill(): Promise<void>;
  /**
   * Starts it again after `kill`, on the same port with the same data, and waits until it answers.
   *
   * @param more words for `redis-server`, for this time
   */
  start(more?: readonly string[]): Promise<void>;
  /** SIGTERM: says good-bye to its clients and writes down what it has to. The data folder stays for `start`. */
  shutDown(): Promise<void>;
  /** Stops answering without closing connections, and answers again. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const program = ensureRedis();
  const dir = mkdtempSync(join(tmpdir(), 'bizinsights-redis-'));
  const port = await freePort();
  const ca = options.tls ? makeCertificate(dir) : undefined;
  const args = [
    ...(options.tls
      ? ['--port', '0', '--tls-port', String(port), '--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem']
      : ['--port', String(port)]),
    ...(options.tls ? ['--tls-ca-cert-file', 'cert.pem', '--tls-auth-clients', 'no'] : []),
    ...['--bind', '127.0.0.1', '--save', '', '--dir', dir],
    ...['--maxmemory-policy', options.maxmemoryPolicy ?? 'noeviction'],
    ...(options.appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
    ...(options.password ? ['--requirepass', options.password] : []),
    ...(options.args ?? []),
  ];
  const command = (...words: string[]) => sendCommand(port, words, options, ca);
  const isReady = async () => {
    try {
      return (await command('PING')).startsWith('+PONG');
    } catch {
      return false;
    }
  };
  let server: ServerProcess;
  const start = async (more: readonly string[] = []) => {
    server = startServer({ command: program, args: [...args, ...more], dir });
    await untilReady(server, `redis-server on port ${port}`, isReady);
  };
  await start();
  const credentials = options.password ? `:${encodeURIComponent(options.password)}@` : '';
  return {
    url: `${options.tls ? 'rediss' : 'redis'}://${credentials}127.0.0.1:${port}`,
    port,
    dir,
    ca,
    command,
    start,
    kill: () => server.end('SIGKILL'),
    shutDown: () => server.end('SIGTERM'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      // A stopped process does not hear SIGTERM, and nothing of it is wanted any more.
      await server.end('SIGKILL');
      removeFolder(dir);
    },
  };
}

/** The raw answer of the server on a port of this machine to one command, without a client library. */
export function sendCommand(
  port: number,
  words: readonly string[],
  { password, tls }: Pick<RedisOptions, 'password' | 'tls'> = {},
  ca?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket =
      tls && ca ? connectTls({ port, host: '127.0.0.1', ca }) : createConnection({ port, host: '127.0.0.1' });
    const encode = (parts: readonly string[]) =>
      `*${parts.length}\r\n${parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
    let answer = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      const done = password ? answer.indexOf('+OK\r\n') >= 0 && answer.length > 5 : true;
      if (done) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(password ? answer.replace('+OK\r\n', '') : answer));
    socket.write((password ? encode(['AUTH', password]) : '') + encode(words));
  });
}

/** A certificate for 127.0.0.1 that signs itself. openssl is on every system that has Redis with TLS. */
function makeCertificate(dir: string): string {
  const config = join(dir, 'cert.conf');
  writeFileSync(
    config,
    '[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=127.0.0.1\n[ext]\nsubjectAltName=IP:127.0.0.1\n',
  );
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-config', config];
  execFileSync('openssl', [...words, '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], {
    stdio: 'ignore',
  });
  return readFileSync(join(dir, 'cert.pem'), 'utf8');
}
