import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { claimPort, freePort } from './ports.js';

test('a port is of one process at a time, and free again after its end', async () => {
  const port = await freePort();
  expect(claimPort(port)).toBe(false);
  const program = `
    const { claimPort, freePort } = await import(${JSON.stringify(new URL('ports.ts', import.meta.url).href)});
    console.log(JSON.stringify([claimPort(${port}), await freePort()]));
    process.stdin.resume();`;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [printed]: Buffer[] = await once(child.stdout, 'data');
  const [isTaken, others]: [boolean, number] = JSON.parse(String(printed));
  expect(isTaken).toBe(false);
  expect(claimPort(others)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The next process that finds the claim of a dead process removes it.
  claimPort(others);
  expect(claimPort(others)).toBe(true);
});
