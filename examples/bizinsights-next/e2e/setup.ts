/**
 * Starts once for all files what a person would start: the app as it is built, what stands around it in the demo, and a
 * Chromium. All of it ends with the tests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureChromium, freePort } from '@bizinsights/test-servers';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { buildApp } from './build-app';
import { type DemoAddresses, startDemo } from './demo-processes';

declare module 'vitest' {
  export interface ProvidedContext {
    demo: DemoAddresses;
    /** Of the Chromium that all files share. */
    browserEndpoint: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = ensureChromium();
  await buildApp();
  const dataDir = mkdtempSync(join(tmpdir(), 'bizinsights-e2e-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  // Also when the tests are interrupted.
  process.once('exit', remove);
  const demo = await startDemo({ dataDir, port: await freePort() });
  const browser = await chromium.launchServer({ executablePath });
  project.provide('demo', demo.addresses);
  project.provide('browserEndpoint', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await demo.stop();
    remove();
  };
}
