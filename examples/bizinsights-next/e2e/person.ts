/** A person at a browser: a context of their own, and a watch on everything that goes wrong in their pages. */
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { test as base, expect, inject } from 'vitest';

export const PASSWORD = 'bizinsights';

/** Ann owns Glaze & Co, Bob is an admin there and Cleo a member. Dan owns Harbor Supplies, where Eve is an admin. */
export const PEOPLE = {
  ann: 'ann@glaze.example',
  bob: 'bob@glaze.example',
  cleo: 'cleo@glaze.example',
  dan: 'dan@harbor.example',
  eve: 'eve@harbor.example',
} as const;
export type PersonName = keyof typeof PEOPLE;

/** Only so that what hangs ends, on a machine that is ten times slower. ms */
const LIMIT = 60_000;

const FAILURES = join(tmpdir(), 'bizinsights-e2e-failures');

let connecting: Promise<Browser> | undefined;

/** By name, so that each person signs in once a file. */
const sessions = new Map<PersonName, Awaited<ReturnType<BrowserContext['cookies']>>>();

export interface Visits {
  /** Opens a browser window with a person signed in, or without one. */
  open(who?: PersonName): Promise<Page>;
  /** What the browser has complained about so far. The test fails at its end unless this is empty. */
  readonly problems: string[];
}

export const test = base.extend<{ visits: Visits }>({
  visits: async ({ task }, use) => {
    connecting ??= chromium.connect(inject('browserEndpoint'));
    const browser = await connecting;
    const contexts: BrowserContext[] = [];
    const problems: string[] = [];
    const open = async (who?: PersonName) => {
      const context = await browser.newContext({ baseURL: inject('demo').url, viewport: { width: 1280, height: 800 } });
      contexts.push(context);
      context.setDefaultTimeout(LIMIT);
      await watch(context, problems);
      const page = await context.newPage();
      if (who) await signInOnce(page, who);
      return page;
    };
    await use({ open, problems });
    if (task.result?.state === 'fail') await keepScreenshots(task.name, contexts);
    await Promise.all(contexts.map((context) => context.close()));
    expect(problems, 'what the browser complained about').toEqual([]);
  },
});

/** Fills the form of the sign-in page as a person does. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signInOnce(page: Page, who: PersonName): Promise<void> {
  const known = sessions.get(who);
  if (known) return await page.context().addCookies(known);
  await signIn(page, PEOPLE[who]);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  sessions.set(who, await page.context().cookies());
}

/** From now on, what the page sends is sent by somebody else, who may not be offered it. What it reads is still its own. */
export async function sendAs(page: Page, { request }: Page): Promise<void> {
  await page.route('**/*', async (route) => {
    const sent = route.request();
    if (sent.method() !== 'POST') return await route.fallback();
    const { cookie: _, ...headers } = await sent.allHeaders();
    const response = await request.post(sent.url(), { headers, data: sent.postDataBuffer() ?? '' });
    await route.fulfill({ response });
  });
}

/** Presses Tab until it is there, as somebody without a mouse does. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let pressed = 0; pressed < 100; pressed += 1) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error('It is not reached by 100 presses of Tab');
}

async function watch(context: BrowserContext, problems: string[]): Promise<void> {
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      problems.push(`${message.page()?.url()}: console ${message.type()}: ${message.text()}`);
    }
  });
  context.on('weberror', (error) => problems.push(`${error.page()?.url()}: ${error.error()}`));
  await context.exposeBinding('reportViolation', ({ page }, what: string) => problems.push(`${page.url()}: ${what}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const report: unknown = Reflect.get(window, 'reportViolation');
      if (typeof report === 'function') report(`policy violation of ${violatedDirective} by ${blockedURI}`);
    });
  });
}

async function keepScreenshots(name: string, contexts: readonly BrowserContext[]): Promise<void> {
  mkdirSync(FAILURES, { recursive: true });
  for (const [index, page] of contexts.flatMap((context) => context.pages()).entries()) {
    const path = join(FAILURES, `${name.replaceAll(/\W+/g, '-')}-${index + 1}.png`);
    await page.screenshot({ path, fullPage: true });
    console.log(`${page.url()} looked like ${path}`);
  }
}
