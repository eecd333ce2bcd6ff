/** Sends what the platforms send, signed as they sign it, and works on what has come in. */
import { createJobs, type Jobs, silentLogger } from '@bizinsights/jobs-core';
import { dataSyncQueue } from '@bizinsights/jobs-data-sync/queue';
import { platforms } from '@bizinsights/jobs-platforms';
import { type Sandbox, startSandbox } from '@bizinsights/jobs-sandbox';
import { createWebhookHandler, webhookProcessor, webhookQueue } from '@bizinsights/jobs-webhooks';
import { type RedisServer, startRedis } from '@bizinsights/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** One way to mount the handler. */
export interface WebhookSubject {
  /** Where it is mounted. */
  readonly url: string;
  close(): Promise<void>;
}

/** Those whose webhooks bring something. */
const SENDERS = ['shopify', 'stripe', 'facebook-ads', 'woocommerce'] as const;
const VERIFY_TOKEN = 'the token of the handshake';
/** More than is allowed, less than what makes a machine sweat. Bytes. */
const GIANT = 2 * 1_048_576;

/** A host's jobs with its handler, which reads its secrets from the environment. */
export function createWebhookHost(redisUrl: string, environment: Readonly<Record<string, string>>) {
  const jobs = createJobs({ connection: redisUrl, queues: [webhookQueue, dataSyncQueue], logger: silentLogger });
  const handler = createWebhookHandler(jobs, { platforms: Object.values(platforms), environment });
  return { jobs, handler };
}

/** @param open is given the environment with the secrets of all platforms */
export function webhookConformance(
  name: string,
  open: (redisUrl: string, environment: Readonly<Record<string, string>>) => Promise<WebhookSubject>,
): void {
  describe(name, () => {
    let redis: RedisServer;
    let sandbox: Sandbox;
    let subject: WebhookSubject;
    let jobs: Jobs<readonly [typeof webhookQueue, typeof dataSyncQueue]>;
    const stored: string[] = [];
    const lost: string[] = [];

    beforeAll(async () => {
      redis = await startRedis();
      sandbox = await startSandbox({ platforms: [...SENDERS] });
      const environment = {
        SHOPIFY_WEBHOOK_SECRET: `another,${secretOf(sandbox, 'shopify')}`,
        STRIPE_WEBHOOK_SECRET: secretOf(sandbox, 'stripe'),
        FACEBOOK_APP_SECRET: secretOf(sandbox, 'facebook-ads'),
        FACEBOOK_VERIFY_TOKEN: VERIFY_TOKEN,
        WOOCOMMERCE_WEBHOOK_SECRET: secretOf(sandbox, 'woocommerce'),
      };
      subject = await open(redis.url, environment);
      ({ jobs } = createWebhookHost(redis.url, environment));
      jobs.registerProcessor(
        webhookProcessor({
          platforms: Object.values(platforms),
          environment,
          syncDelay: 1,
          integrations: {
            find: async ({ platform }) => ({ id: platform }),
            accessLost: async (id) => {
              lost.push(id);
              return true;
            },
          },
          sink: {
            async write({ integrationId, records, rejected, deleted }) {
              for (const { kind, id } of [...records, ...deleted]) stored.push(`${integrationId} ${kind} ${id}`);
              return { written: records.length, unchanged: 0, rejected: rejected.length, deleted: deleted.length };
            },
          },
        }),
      );
      await jobs.startWorker({ handleSignals: false });
    }, 900_000);
    afterAll(async () => {
      await Promise.all([subject.close(), jobs.close(), sandbox.close()]);
      await redis.stop();
    });

    describe.each(SENDERS)('%s', (id) => {
      it('has every topic answered with 200, and processed', async () => {
        const server = sandbox[id];
        expect(server.webhookTopics.length).toBeGreaterThan(0);
        for (const topic of server.webhookTopics) {
          const { status, body } = await server.sendWebhook(topic, { to: `${subject.url}/${id}`, at: Date.now() });
          expect(status, `${topic}: ${body}`).toBe(200);
        }
        const results = await finished(jobs, id);
        const counts = { platform: id, unknown: results.filter(({ outcome }) => outcome === 'ignored').length };
        expect(counts).toEqual({ platform: id, unknown: 0 });
        expect(results.every(({ records }) => (records?.rejected ?? 0) === 0)).toBe(true);
        if (id !== 'facebook-ads') expect(stored.filter((one) => one.startsWith(`${id} `))).not.toEqual([]);
      });

      it('is refused with a wrong secret', async () => {
        const { webhookTopics, sendWebhook } = sandbox[id];
        const to = `${subject.url}/${id}/an%20integration`;
        const { status } = await sendWebhook(webhookTopics[0] ?? '', { to, at: Date.now(), secret: 'another secret' });
        expect(status).toBe(401);
      });
    });

    it('the host hears of accounts that have taken their access back', () => {
      expect([...new Set(lost)].sort()).toEqual(['shopify', 'stripe']);
    });

    it('a time that was signed long ago is refused', async () => {
      const { sendWebhook } = sandbox.stripe;
      const { status } = await sendWebhook('charge.updated', { to: `${subject.url}/stripe`, at: Date.now() - 400_000 });
      expect(status).toBe(401);
    });

    it('Facebook’s handshake is answered', async () => {
      const query = new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': VERIFY_TOKEN });
      const answer = await fetch(`${subject.url}/facebook-ads?${query}&hub.challenge=1158201444`);
      expect([answer.status, await answer.text()]).toEqual([200, '1158201444']);
      expect((await fetch(`${subject.url}/facebook-ads?hub.mode=subscribe&hub.challenge=1`)).status).toBe(403);
    });

    it('WooCommerce’s unsigned ping gets 200', async () => {
      const body = new URLSearchParams({ webhook_id: '12' });
      expect((await fetch(`${subject.url}/woocommerce`, { method: 'POST', body })).status).toBe(200);
    });

    it.each([
      ['a giant body', 413, 'shopify', 'application/json', 'a'.repeat(GIANT)],
      ['a wrong content type', 415, 'stripe', 'text/plain', '{}'],
      ['no signature', 401, 'stripe', 'application/json', '{}'],
      ['a platform that sends none', 404, 'google-analytics', 'application/json', '{}'],
    ])('%s gets %i', async (_name, status, platform, type, body) => {
      const init = { method: 'POST', headers: { 'content-type': type }, body };
      expect((await fetch(`${subject.url}/${platform}`, init)).status).toBe(status);
    });
  });
}

function secretOf(sandbox: Sandbox, id: (typeof SENDERS)[number]): string {
  const { webhookSecret } = sandbox[id];
  if (webhookSecret === undefined) throw new TypeError(`${id} signs with nothing`);
  return webhookSecret;
}

/** The results of all jobs of a platform. */
async function finished(jobs: Jobs<readonly [typeof webhookQueue, typeof dataSyncQueue]>, platform: string) {
  const queue = jobs.queue(webhookQueue);
  const pages = await Promise.all(
    (['waiting', 'active', 'delayed', 'completed', 'failed'] as const).map((state) =>
      queue.list({ state, limit: 1_000 }),
    ),
  );
  const ids = new Set(
    pages.flatMap((page) => page.jobs).flatMap(({ id, data }) => (data.platform === platform ? id : [])),
  );
  return await Promise.all([...ids].map((id) => queue.waitFor(id)));
}
