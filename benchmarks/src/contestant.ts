/** A side of a comparison as the orchestrator sees it: a child process that does one task at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Sample, SideOptions, Task } from './side.js';

export class Contestant {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Starts the process and waits until its connection stands.
   *
   * @param program what `bundleSide` has made
   * @param node another Node to run it on
   */
  static async open(program: string, options: SideOptions, node = process.execPath): Promise<Contestant> {
    const child = fork(program, [JSON.stringify(options)], {
      execPath: node,
      // Of this process, that would be tsx: the side runs as built code does, without its loader.
      execArgv: ['--expose-gc', '--enable-source-maps'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const contestant = new Contestant(child);
    await contestant.#answer((answer) => 'ready' in answer);
    return contestant;
  }

  async run(task: Task, onCheckpoint: (sample: Sample) => void = () => {}): Promise<Sample> {
    this.#child.send(task);
    const answer = await this.#answer((one) => 'sample' in one, onCheckpoint);
    if ('sample' in answer) return answer.sample;
    throw new Error('The side gave another answer than it was asked for');
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    const [code] = await exited;
    if (code !== 0) throw new Error(`A side ended with exit code ${code}`);
  }

  #answer(isMine: (answer: Answer) => boolean, onCheckpoint: (sample: Sample) => void = () => {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        this.#child.off('message', onMessage);
        this.#child.off('exit', onExit);
        finish();
      };
      const onMessage = (answer: Answer) => {
        if ('checkpoint' in answer) onCheckpoint(answer.checkpoint);
        else if ('problem' in answer) settle(() => reject(new Error(answer.problem)));
        else if (isMine(answer)) settle(() => resolve(answer));
      };
      const onExit = (code: number | null, signal: string | null) =>
        settle(() => reject(new Error(`A side ended in the middle of a task (${signal ?? `exit code ${code}`})`)));
      this.#child.on('message', onMessage);
      this.#child.on('exit', onExit);
    });
  }
}
