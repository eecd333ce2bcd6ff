import { type Logger, silentLogger } from '@bizinsights/jobs-core';
import { stripe } from '@bizinsights/jobs-platforms/stripe';
import { expect, it } from 'vitest';
import type { WebhookIntegration, WebhookIntegrations } from '../ports.js';
import { createFindTakers } from './mode.js';

const KEYS: Readonly<Record<string, string | undefined>> = { live: 'sk_live_1', test: 'rk_test_1', odd: 'sk_1' };
const none: WebhookIntegrations = { find: async () => undefined, accessLost: async () => false };

function open(integrations?: WebhookIntegrations) {
  const warnings: unknown[] = [];
  const asked: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (words: unknown) => void warnings.push(words) };
  const credentials = async (id: string) => {
    asked.push(id);
    return { secretKey: KEYS[id] };
  };
  const findTakers = createFindTakers(integrations ?? { ...none, credentials });
  const event = { id: 'evt_1', topic: 'charge.succeeded', payload: {} };
  return {
    warnings,
    asked,
    async taken(
      mode: 'live' | 'test' | undefined,
      addressed: readonly WebhookIntegration[],
      platform: object = stripe,
    ) {
      const job = { signal: AbortSignal.timeout(10_000), logger };
      const of = mode ? { ...event, mode } : event;
      const { integrations: takers, failure } = await findTakers(job, { id: 'stripe', ...platform }, of, addressed);
      return failure ? [...takers.map(({ id }) => id), failure.message] : takers.map(({ id }) => id);
    },
  };
}

const all = ['live', 'test', 'odd', 'gone'].map((id) => ({ id }));

it('asks the credentials, and takes what nothing is known of', async () => {
  const { taken, asked } = open();
  expect(await taken('live', all)).toEqual(['live', 'odd', 'gone']);
  expect(await taken('test', all)).toEqual(['test', 'odd', 'gone']);
  expect(asked).toHaveLength(8);
});

it('asks nothing for an event without a mode, nor of an integration that has one', async () => {
  const { taken, asked } = open();
  expect(await taken(undefined, all)).toHaveLength(4);
  expect(
    await taken('test', [
      { id: 'live', mode: 'test' },
      { id: 'test', mode: 'live' },
    ]),
  ).toEqual(['live']);
  expect(asked).toEqual([]);
});

it('takes both modes where the host or the platform can’t tell them apart', async () => {
  expect(await open(none).taken('test', all)).toHaveLength(4);
  const { modeOf: _, ...without } = stripe;
  expect(await open().taken('test', all, without)).toHaveLength(4);
  const { credentials: __, ...schemaless } = stripe;
  expect(await open().taken('test', all, schemaless)).toHaveLength(4);
});

it('warns once of test events that an integration of unknown mode takes', async () => {
  const { taken, warnings } = open();
  await taken('live', all);
  await taken('test', [{ id: 'test' }, { id: 'live' }]);
  expect(warnings).toEqual([]);
  await taken('test', all);
  await taken('test', all);
  expect(warnings).toEqual([expect.stringContaining('a test event is taken by the integration "odd"')]);
});

it('gives the others theirs where the credentials of one can’t be read, and takes nothing on trust', async () => {
  const credentials = async (id: string) => {
    if (id === 'live') throw new Error('the key is missing');
    return { secretKey: KEYS[id] };
  };
  const { taken } = open({ ...none, credentials });
  expect(await taken('test', all)).toEqual(['test', 'odd', 'gone', 'the key is missing']);
  expect(await taken('live', [{ id: 'live' }])).toEqual(['the key is missing']);
});
