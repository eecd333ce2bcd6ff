// A webhook of a platform that signs the body alone, captured and sent again with other headers.
import type { WebhookEffect, WebhookRequest, WebhookScheme } from '@bizinsights/jobs-platforms';
import { shopify } from '@bizinsights/jobs-platforms/shopify';
import { wooCommerce } from '@bizinsights/jobs-platforms/woocommerce';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { schemeOf } from '../fixtures/scheme-of.js';
import { startSandbox } from '../index.js';

const NOW = Date.UTC(2026, 10, 24, 13);

const PLATFORMS = {
  shopify: {
    scheme: schemeOf(shopify),
    topic: 'x-shopify-topic',
    shop: 'x-shopify-shop-domain',
    other: 'other.myshopify.com',
    isDeletion: (topic: string) => topic.endsWith('/delete'),
  },
  woocommerce: {
    scheme: schemeOf(wooCommerce),
    topic: 'x-wc-webhook-topic',
    shop: 'x-wc-webhook-source',
    other: 'https://other.example/',
    isDeletion: (topic: string) => topic.endsWith('.deleted'),
  },
} as const;

const takesAway = (effect: WebhookEffect | undefined) =>
  effect?.kind === 'access-lost' ||
  effect?.kind === 'privacy' ||
  (effect?.kind === 'records' && effect.deleted.length > 0);
const isUnproven = (effect: WebhookEffect | undefined) =>
  effect !== undefined && 'unproven' in effect && effect.unproven !== undefined;

function effectOf(
  scheme: WebhookScheme,
  { headers, body }: WebhookRequest,
  changed: Record<string, string | undefined>,
) {
  const names = new Map(headers);
  for (const [name, value] of Object.entries(changed)) {
    if (value === undefined) names.delete(name);
    else names.set(name, value);
  }
  const event = scheme.read({ headers: names, body }, NOW);
  return event && scheme.apply(event);
}

describe.each(['shopify', 'woocommerce'] as const)('a captured webhook of %s', (id) => {
  const { scheme, topic: topicHeader, shop, other, isDeletion } = PLATFORMS[id];
  const captured = new Map<string, WebhookRequest>();
  beforeAll(async () => {
    const [receiver, sandbox] = await Promise.all([
      createReceiver(),
      startSandbox({ platforms: [id], days: 10, now: NOW }),
    ]);
    for (const topic of [...sandbox[id].webhookTopics, ...sandbox[id].privacyTopics]) {
      await sandbox[id].sendWebhook(topic, { to: receiver.url });
      captured.set(topic, receiver.take());
    }
    await Promise.all([sandbox.close(), receiver.close()]);
  });
  afterAll(() => captured.clear());

  it('does as its own topic says', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, {});
      expect(isUnproven(effect), topic).toBe(false);
      const isPrivacy = scheme.privacyTopics?.includes(topic);
      expect(takesAway(effect), topic).toBe(isDeletion(topic) || isPrivacy || topic === 'app/uninstalled');
    }
  });

  it('deletes and disconnects nothing under another topic: it starts a sync', () => {
    let compared = 0;
    for (const [topic, request] of captured) {
      for (const wanted of [...scheme.topics.filter((one) => isDeletion(one) || one === 'app/uninstalled')]) {
        // A deletion is the id alone: its topic can't be told from the body.
        if (wanted === topic || (isDeletion(topic) && isDeletion(wanted))) continue;
        const effect = effectOf(scheme, request, { [topicHeader]: wanted });
        expect(takesAway(effect), `${topic} as ${wanted}`).toBe(false);
        if (effect?.kind !== 'ignored') expect(effect).toMatchObject({ kind: 'sync', unproven: expect.any(String) });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });

  it('is not believed under a topic that data is erased or handed out by', () => {
    for (const wanted of scheme.privacyTopics ?? []) {
      for (const [topic, request] of captured) {
        if (topic === wanted) continue;
        const effect = effectOf(scheme, request, { [topicHeader]: wanted });
        expect(effect, `${topic} as ${wanted}`).toEqual({ kind: 'ignored', unproven: expect.any(String) });
      }
    }
  });

  it.each([
    ['another shop', other],
    ['another spelling of another shop', other.toUpperCase()],
  ])('changes no record of %s where the body names its own', (_what, name) => {
    let named = 0;
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { [shop]: name });
      if (isUnproven(effect)) named++;
      else expect(effect?.kind === 'sync' || isDeletion(topic), topic).toBe(true);
    }
    expect(named).toBeGreaterThan(5);
  });

  it('takes nothing away where no header names the shop, but what names it itself', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { [shop]: undefined });
      const namesIt = topic === 'app/uninstalled' || scheme.privacyTopics?.includes(topic);
      expect(takesAway(effect), topic).toBe(namesIt ?? false);
    }
  });

  it('is of the shop that it names where a header does not', () => {
    const headers = (request: WebhookRequest) => new Map([...request.headers].filter(([name]) => name !== shop));
    for (const [topic, request] of captured) {
      const own = scheme.read(request, NOW)?.account;
      const account = scheme.read({ headers: headers(request), body: request.body }, NOW)?.account;
      if (account !== undefined) expect(account, topic).toBe(own);
    }
  });

  it('is not dated later than it came', () => {
    for (const [topic, request] of captured) {
      const effect = effectOf(scheme, request, { 'x-shopify-triggered-at': '2099-01-01T00:00:00Z' });
      if (effect?.kind !== 'records') continue;
      // WooCommerce does not date a deletion: it is of the moment in which it is read.
      const latest = id === 'shopify' ? NOW : Date.now();
      for (const { deletedAt } of effect.deleted) expect(deletedAt, topic).toBeLessThanOrEqual(latest);
    }
  });
});
