// Builds a real app on each major, and starts it. Needs the built packages: `npm run build` first.
import { monitoringConformance } from '@bizinsights/monitoring-conformance';
import { webhookConformance } from '@bizinsights/webhooks-conformance';
import { afterAll, beforeAll, expect } from 'vitest';
import { authJsRecipe } from './fixtures/auth-js-recipe.js';
import { type AppOptions, buildApp, type NextBuild } from './fixtures/next-app.js';

/** One build each, which is most of the time: all suites start the same one. */
const APPS = {
  workspace: { name: 'next-16', next: 16, from: 'workspace', standalone: true, nextAuth: 5 },
  installed: { name: 'next-15', next: 15, from: 'installed', basePath: '/docs', nextAuth: 4 },
} as const satisfies Record<string, AppOptions>;

/** Only so that a build that hangs ends. ms */
const HANGS = 900_000;

const builds = new Map<keyof typeof APPS, NextBuild>();

beforeAll(async () => {
  await Promise.all(
    (['workspace', 'installed'] as const).map(async (app) => {
      builds.set(app, await buildApp(APPS[app]));
    }),
  );
}, HANGS);
afterAll(() => {
  for (const build of builds.values()) build.remove();
});

async function start(app: keyof typeof APPS, redisUrl: string, environment: Readonly<Record<string, string>> = {}) {
  const build = builds.get(app);
  if (!build) throw new Error(`${app} has not been built`);
  // BullMQ issues 1759 and 3552: what a build says that tries to bundle the engine.
  expect(build.log).not.toMatch(/warn|⚠|critical dependency|can't be external|module not found/i);
  return await build.start(redisUrl, environment);
}

const open = (app: keyof typeof APPS) => async (redisUrl: string) => {
  const { url, close } = await start(app, redisUrl);
  return { send: (path: string, init?: RequestInit) => fetch(url + path, init), close };
};

monitoringConformance('Next.js 16 in a workspace, with Turbopack, standalone', { open: open('workspace') });
monitoringConformance('Next.js 15 on installed packages, under a base path', { open: open('installed') });

// The sandbox of the platforms sends its webhooks to the app.
webhookConformance('webhooks in Next.js 16', async (redisUrl, environment) => {
  const { url, close } = await start('workspace', redisUrl, environment);
  return { url: url.replace(/jobs$/, 'webhooks'), close };
});

authJsRecipe('docs/recipes/auth-js.md in Next.js 16', 5, async (redisUrl, environment) => {
  const { url, close } = await start('workspace', redisUrl, environment);
  return { origin: new URL(url).origin, basePath: '', close };
});
authJsRecipe('docs/recipes/auth-js.md with next-auth 4 in Next.js 15', 4, async (redisUrl, environment) => {
  const { url, close } = await start('installed', redisUrl, environment);
  return { origin: new URL(url).origin, basePath: APPS.installed.basePath, close };
});
