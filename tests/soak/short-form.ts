/** The short form of faults: each once, as a test. */
import { afterAll, beforeAll, it } from 'vitest';
import { FAULTS, type Fault } from './faults.js';
import { buildProgram, type Program } from './program.js';
import { explain } from './report.js';
import { runScenario } from './scenario.js';
import { Servers } from './servers.js';

/** Of a machine that is ten times slower than ours. ms */
const LIMIT = 600_000;

/** Makes a test of each fault that is chosen. Those that break no server run at the same time. */
export function testFaults(chosen: (fault: Fault) => boolean): void {
  const servers = new Servers();
  let program: Program;
  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(async () => {
    await servers.close();
    program.remove();
  });
  for (const fault of FAULTS.filter(chosen)) {
    it(`${fault.name}: what was acknowledged is done, nothing twice, nothing stuck`, {
      timeout: LIMIT,
      concurrent: fault.sharesServer ?? false,
    }, async () => {
      // Its own random numbers each time: they are told where it fails.
      const seed = Math.floor(Math.random() * 1e9);
      const outcome = await runScenario(fault, { servers, program, seed, duration: 0 });
      const problems = explain(outcome);
      if (problems !== '') throw new Error(`${problems}seed ${seed}`);
    });
  }
}
