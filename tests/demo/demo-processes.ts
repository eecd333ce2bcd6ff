/** The processes of the demo, as `npm start` starts them, on a shop of a few months. They run on what `npm run build` makes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../publishable-packages.js';

const app = join(root, 'examples/bizinsights-next');

/** Large enough for an insight, and for a first sync that can be stopped in its middle. */
const SHOP = { DEMO_DAYS: '100', DEMO_ORDERS_PER_DAY: '2', DEMO_WEBHOOK_EVERY: '300' };

interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
}

export interface DemoProcess {
  /** All that it has printed. */
  readonly output: string;
  /** Resolves when a line has been printed; rejects when the process ends before. */
  printed(line: RegExp): Promise<void>;
  /** The exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** A folder with a shop, and what runs in it. */
export class Demo {
  readonly #folder = mkdtempSync(join(tmpdir(), 'demo-'));
  readonly #servers: Readonly<Record<string, string>>;
  readonly #running = new Set<DemoProcess>();
  #services: DemoProcess | undefined;
  #servicesUrl = '';

  /** @param servers `REDIS_URL`, `DATABASE_URL`; without them all is in the embedded store of the folder */
  constructor(servers: Readonly<Record<string, string>> = {}) {
    this.#servers = servers;
  }

  /** The platforms and the mail server; called again, they are stopped and started again. */
  async startServices(): Promise<void> {
    await this.#services?.kill('SIGTERM');
    const child = this.#spawn('src/demo/services.ts', { ...SHOP, DEMO_SERVICES_PORT: '0' });
    this.#services = this.#watch(child);
    const [{ port }] = await once(child, 'message');
    this.#servicesUrl = `http://127.0.0.1:${port}`;
  }

  /** `once.ts`: works, and ends with 0 when what is stored is what the platforms have. */
  startOnce(): DemoProcess {
    return this.#start('src/demo/once.ts');
  }

  /** The worker as a process of its own. */
  startWorker(): DemoProcess {
    return this.#start('src/worker.ts');
  }

  /** `to subject` of all mails that have arrived, sorted. */
  async mails(): Promise<string[]> {
    const answer = await fetch(`${this.#servicesUrl}/mails`);
    const mails: readonly Mail[] = JSON.parse(await answer.text());
    return mails.map(({ to, subject }) => `${to.join()} ${subject}`).sort();
  }

  /** What the platforms are, and what can be signed in with. */
  async platforms(): Promise<unknown> {
    return await (await fetch(`${this.#servicesUrl}/platforms`)).json();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((one) => one.kill('SIGKILL')));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start(file: string): DemoProcess {
    return this.#watch(this.#spawn(file, { DEMO_SERVICES_URL: this.#servicesUrl, JOBS_SHUTDOWN_TIMEOUT: '1000' }));
  }

  #spawn(file: string, environment: Readonly<Record<string, string>>): ChildProcess {
    return spawn(process.execPath, ['--import', 'tsx', file], {
      cwd: app,
      env: {
        ...process.env,
        NODE_ENV: 'test',
        REDIS_URL: '',
        DATABASE_URL: '',
        ...this.#servers,
        DATA_DIR: this.#folder,
        TSX_TSCONFIG_PATH: join(app, 'tsconfig.json'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
  }

  #watch(child: ChildProcess): DemoProcess {
    let output = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk;
        for (const look of waiting) look();
      });
    }
    const ended = once(child, 'close').then(([code, signal]): number | NodeJS.Signals => code ?? signal);
    const watched: DemoProcess = {
      get output() {
        return output;
      },
      ended,
      async printed(line) {
        const isThere = new Promise<void>((resolve) => {
          const look = () => {
            if (line.test(output)) resolve();
          };
          waiting.add(look);
          look();
        });
        await Promise.race([
          isThere,
          ended.then((code) => {
            throw new Error(`It ended with ${code} before it printed ${line}:\n${output}`);
          }),
        ]);
      },
      async kill(signal) {
        child.kill(signal);
        return await ended;
      },
    };
    this.#running.add(watched);
    void ended.then(() => this.#running.delete(watched));
    return watched;
  }
}
