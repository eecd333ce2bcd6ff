// `npm start`: the whole product, from a fresh clone: installs, builds, and runs the app with the platforms' sandbox, a mail
// server and the worker. Needs Node and npm, no server and no setting. Ctrl-C stops it, and the next start keeps the data.
//   --reset   starts over
//   --once    does all of it once on a smaller shop, without a page, and compares it with the sandbox's own truth
// PORT (3002) is the app's; with DATABASE_URL the worker is a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDemoData } from './demo-data.mjs';
import { answerHelp } from './help.mjs';
import { takeFolder } from './only-one.mjs';
import {
  refuse,
  refuseAbsentServer,
  refuseOldNode,
  refuseTakenPort,
  refuseUnknownOptions,
  refuseUnwritable,
} from './start-checks.mjs';
import { buildExampleWhenChanged, buildWhenChanged, childEnvironment, install, root, step, tool } from './steps.mjs';

answerHelp(import.meta.url);

const NAME = 'bizinsights-next';
const app = join(root, 'examples', NAME);
const port = process.env.PORT?.trim() || '3002';
const url = `http://localhost:${port}`;
const dataDir = resolve(app, process.env.DATA_DIR?.trim() || '.data');
const isOnce = process.argv.includes('--once');
const isReset = process.argv.includes('--reset');
const hasServers = Boolean(process.env.REDIS_URL?.trim() || process.env.DATABASE_URL?.trim());
// Without it the data is in the embedded store, which belongs to the app's process: the worker runs there.
const hasWorker = Boolean(process.env.DATABASE_URL?.trim());

/** A child that has not ended after it is killed. ms */
const ENOUGH_TO_END = 33_000;

/** Between two looks whether the app answers. ms */
const LOOK = 300;

// What Next.js would send about its use is nobody's business here.
process.env.NEXT_TELEMETRY_DISABLED ??= '1';

/** What ends with this process. */
const children = new Set();
let isStopping = false;
let services;

refuseOldNode(root);
refuseUnknownOptions(['--reset', '--once']);
if (isReset && hasServers) refuse('--reset is for the embedded store: empty your Redis and PostgreSQL yourself.');
refuseUnwritable(root);
await refuseAbsentServer('REDIS_URL', 6379);
await refuseAbsentServer('DATABASE_URL', 5432);
if (!isOnce) await takeDataDir();
await prepare();
process.on('SIGINT', stop).on('SIGTERM', stop);
process.exitCode = isOnce ? await runOnce() : await runApp();

async function takeDataDir() {
  refuseUnwritable(dataDir, ', or set DATA_DIR to another folder');
  const { heldBy } = await takeFolder(dataDir, `BizInsights on ${url}`);
  if (heldBy !== undefined)
    refuse(`${heldBy} has the data in ${dataDir} already: open it, or stop it by Ctrl-C and start again.`);
  await refuseTakenPort(port);
  if (isReset) removeDemoData(dataDir);
}

async function prepare() {
  const { heldBy, release } = await takeFolder(root, 'Another npm start');
  if (heldBy !== undefined) refuse(`${heldBy} installs or builds in ${root}: start again when it has done so.`);
  const steps = [
    ['install', installOrTell],
    ['build the packages', () => buildWhenChanged(`@bizinsights/example-${NAME}^...`)],
    // Built once and then served: it starts in a second, and no page waits to be compiled.
    ...(isOnce
      ? []
      : [['build the app', () => buildExampleWhenChanged(NAME, () => tool('next', ['build'], { cwd: app }))]]),
  ];
  for (const [index, [title, action]] of steps.entries()) {
    const { code } = await step(index + 1, steps.length, title, action);
    if (code !== 0) process.exit(code);
  }
  release();
}

async function installOrTell() {
  const outcome = await install();
  if (outcome !== 0 && outcome !== 'skipped')
    console.error(
      '\nThe install failed, for the reason above. It needs the package registry of `npm config get registry`: ' +
        'check the network and its proxy, and start again.',
    );
  return outcome;
}

async function runApp() {
  const environment = await startServices({ DATA_DIR: dataDir });
  const shared = { ...environment, APP_URL: url };
  const next = ['node_modules/next/dist/bin/next', 'start', '--port', port, '--hostname', '127.0.0.1'];
  const running = [start(next, { ...shared, NEXT_MANUAL_SIG_HANDLE: 'true' })];
  if (hasWorker) running.push(start(['--import', 'tsx', 'src/worker.ts'], shared));
  const ended = firstToEnd(running);
  void tellWhereItIs();
  return await ended;
}

/** When the first page is there. */
async function tellWhereItIs() {
  for (;;) {
    const { ok } = await fetch(`http://127.0.0.1:${port}/sign-in`).catch(() => ({ ok: false }));
    if (isStopping) return;
    if (ok) break;
    await sleep(LOOK);
  }
  console.log(
    [
      `\nBizInsights is on ${url}`,
      '  Sign in as ann@glaze.example with the password bizinsights.',
      '  Orders, an insight, an alert, a report and mails come by themselves: the last 90 days first, then three years.',
      '  Ctrl-C stops it. The next start goes on from there; npm start -- --reset starts over.\n',
    ].join('\n'),
  );
}

async function runOnce() {
  const folder = mkdtempSync(join(tmpdir(), 'bizinsights-once-'));
  try {
    const environment = await startServices({ DATA_DIR: folder, DEMO_DAYS: '120', DEMO_ORDERS_PER_DAY: '4' });
    return await firstToEnd([start(['--import', 'tsx', 'src/demo/once.ts'], environment)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The platforms and the mail server, on free ports. Answers what the others need to reach them. */
async function startServices(environment) {
  services = start(['--import', 'tsx', 'src/demo/services.ts'], { ...environment, DEMO_SERVICES_PORT: '0' });
  const [message] = await Promise.race([once(services, 'message'), once(services, 'exit').then(() => [undefined])]);
  if (message === undefined) process.exit(1);
  return { ...environment, DEMO_SERVICES_URL: `http://127.0.0.1:${message.port}` };
}

function start(args, environment) {
  const child = spawn(process.execPath, args, {
    cwd: app,
    // A full sync goes on from where it was: nobody waits for its end after Ctrl-C.
    env: { JOBS_SHUTDOWN_TIMEOUT: '3000', ...childEnvironment(), ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

/** When one ends, all do: the app without its worker would only look as if it worked. */
async function firstToEnd(running) {
  const [code] = await Promise.race(running.map((child) => once(child, 'exit')));
  stop();
  await Promise.all([...children].map((child) => once(child, 'exit')));
  return code ?? 1;
}

function stop() {
  if (isStopping) return;
  isStopping = true;
  void stopOthersFirst();
  setTimeout(() => {
    for (const child of children) child.kill('SIGKILL');
  }, ENOUGH_TO_END).unref();
}

/** Then the services: a sync would otherwise fail by platforms that are gone. */
async function stopOthersFirst() {
  const others = [...children].filter((child) => child !== services);
  for (const child of others) child.kill('SIGTERM');
  await Promise.all(others.map((child) => once(child, 'exit')));
  services?.kill('SIGTERM');
}
