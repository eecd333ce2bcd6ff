/** The processes of the demo, as `npm start` runs them, on a small shop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { childEnvironment } from '../../../scripts/steps.mjs';

/** The folder of the example. */
export const app = fileURLToPath(new URL('..', import.meta.url));

/** Where the demo is reached. */
export interface DemoAddresses {
  /** Of the app. */
  readonly url: string;
  /** Of the platforms' sandbox and the mail server. */
  readonly servicesUrl: string;
  readonly jobsToken: string;
}

/** Enough for charts of 90 days beside the 90 before. */
const SHOP = { DEMO_DAYS: '185', DEMO_ORDERS_PER_DAY: '3' };

/** Only so that what hangs ends. ms */
const LIMIT = 300_000;

interface Running {
  readonly child: ChildProcess;
  /** The end of what it has printed. */
  output(): string;
}

/** Resolves when the first run of the demo is done: all accounts are read, and each queue has worked. */
export async function startDemo({ dataDir, port }: { readonly dataDir: string; readonly port: number }) {
  const services = start(['--import', 'tsx', 'src/demo/services.ts'], {
    ...SHOP,
    DATA_DIR: dataDir,
    DEMO_SERVICES_PORT: '0',
  });
  const [message] = await Promise.race([
    once(services.child, 'message'),
    once(services.child, 'exit').then(() => Promise.reject(failedStart("the demo's services", services))),
  ]);
  const servicesUrl = `http://127.0.0.1:${z.object({ port: z.number() }).parse(message).port}`;
  const url = `http://localhost:${port}`;
  const jobsToken = 'token-of-the-end-to-end-tests';
  const next = start(['node_modules/next/dist/bin/next', 'start', '--port', String(port), '--hostname', '127.0.0.1'], {
    DATA_DIR: dataDir,
    DEMO_SERVICES_URL: servicesUrl,
    APP_URL: url,
    JOBS_TOKEN: jobsToken,
    NEXT_MANUAL_SIG_HANDLE: 'true',
  });
  const stop = async () => {
    // The services go last: a sync would otherwise fail by platforms that are gone.
    await end(next.child);
    await end(services.child);
  };
  try {
    await untilFirstRunIsDone(servicesUrl, next);
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses: { url, servicesUrl, jobsToken }, stop };
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, args, {
    cwd: app,
    env: { ...childEnvironment(), ...NO_SERVERS, JOBS_SHUTDOWN_TIMEOUT: '10000', ...environment },
    // By the channel a child notices that this process is gone, however it ended, and ends too.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // What is interrupted leaves no process behind that still writes.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-20_000);
    });
  }
  return { child, output: () => printed };
}

/** The embedded store, whatever this shell names. */
const NO_SERVERS = { REDIS_URL: '', DATABASE_URL: '', RESEND_API_KEY: '' };

const mails = z.array(z.object({ subject: z.string() }));

/** Its last step is the welcome mail. */
async function untilFirstRunIsDone(servicesUrl: string, next: Running): Promise<void> {
  for (const limit = Date.now() + LIMIT; Date.now() < limit; await sleep(100)) {
    if (next.child.exitCode !== null) throw failedStart('the app', next);
    const answer = await fetch(new URL('/mails', servicesUrl));
    if (mails.parse(await answer.json()).some(({ subject }) => /welcome/i.test(subject))) return;
  }
  throw failedStart('the first run of the demo', next);
}

function failedStart(what: string, { output }: Running): Error {
  return new Error(`${what} did not start:\n${output()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 60_000);
  await gone;
  clearTimeout(kill);
}
