/** Webhooks through Express: verified, enqueued and written down, beside a route that enqueues them as they come. */
import { createHmac } from 'node:crypto';
import autocannon from 'autocannon';
import { bundleServer, startServer } from '../../servers.js';
import { quantile } from '../../statistics.js';
import type { Bench, Subject } from '../../subject.js';
import { count, type Row } from '../../table.js';
import { SECRET, type ServerOptions } from '../../webhooks/sides.js';
import { sendSteadily } from '../../webhooks/steady.js';

const CONNECTIONS = 50;
const WARM_UP = 5_000;
const GOAL = 0.8;

/** Requests a second at which the time of an answer is taken, and how long it may take, ms. */
const STEADY = { rate: 500, connections: 20, goal: 20 } as const;

interface Side {
  readonly url: string;
  /** Requests a second. */
  readonly speeds: number[];
}

export const webhooks: Subject = {
  name: 'webhooks',
  about: 'POST /api/webhooks/stripe, verified and enqueued, beside plain BullMQ behind the same Express',
  async run(bench) {
    const rounds = bench.size(7, 3);
    const duration = bench.size(5, 3);
    const program = await bundleServer('webhooks');
    const redisUrl = bench.redis.url;
    const [ours, theirs] = await Promise.all([
      startServer(program, { side: 'jobs', redisUrl } satisfies ServerOptions),
      startServer(program, { side: 'plain', redisUrl } satisfies ServerOptions),
    ]);
    const sides: readonly [Side, Side] = [
      { url: `${ours.url}/api/webhooks/stripe`, speeds: [] },
      { url: `${theirs.url}/api/webhooks/stripe`, speeds: [] },
    ];
    bench.say(`webhooks: ${rounds} rounds of ${duration} s of each side`);
    try {
      for (const { url } of sides) await load(url, { amount: WARM_UP });
      for (let round = 0; round < rounds; round++) {
        for (const { url, speeds } of round % 2 === 0 ? sides : [...sides].reverse()) {
          await bench.flush();
          speeds.push((await load(url, { duration })).requests.average);
        }
      }
      return [toRow(sides), await steady(bench, sides, duration)];
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
      await bench.flush();
    }
  },
};

let events = 0;

/** Another event each time: one that is known already would be less work. */
function nextWebhook() {
  const created = Math.floor(Date.now() / 1_000);
  const object = { id: `ch_${events}`, object: 'charge', amount: 2_000, currency: 'eur', status: 'succeeded' };
  const notes = { description: 'An order of a shop', metadata: { order: '450789469', text: 'x'.repeat(1_000) } };
  const event = { id: `evt_${events++}`, type: 'charge.updated', created, data: { object: { ...object, ...notes } } };
  const body = JSON.stringify(event);
  const signature = createHmac('sha256', SECRET).update(`${created}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${created},v1=${signature}` };
  return { method: 'POST', headers, body } as const;
}

async function load(url: string, options: Partial<autocannon.Options>): Promise<autocannon.Result> {
  const requests = [{ setupRequest: (request: autocannon.Request) => ({ ...request, ...nextWebhook() }) }];
  const result = await autocannon({ url, connections: CONNECTIONS, requests, ...options });
  const { non2xx, errors } = result;
  if (non2xx + errors > 0) throw new Error(`${url}: ${non2xx} refused and ${errors} failed`);
  return result;
}

async function steady(bench: Bench, sides: readonly [Side, Side], duration: number): Promise<Row> {
  const texts: string[] = [];
  for (const { url } of sides) {
    await bench.flush();
    const { rate, connections } = STEADY;
    const times = await sendSteadily(url, { rate, connections, seconds: duration * 2 }, nextWebhook);
    const at = (share: number) => `${quantile(times, share).toFixed(1)} ms`;
    texts.push(`p50 ${at(0.5)}, p99 ${at(0.99)}`);
  }
  const [jobs = '', plain = ''] = texts;
  return { subject: `webhooks, ${STEADY.rate} a second`, jobs, plain, goal: `p99 below ${STEADY.goal} ms` };
}

function toRow([ours, theirs]: readonly [Side, Side]): Row {
  const ratios = ours.speeds.map((speed, index) => speed / (theirs.speeds[index] ?? Number.NaN));
  const at = (share: number) => quantile(ratios, share).toFixed(2);
  return {
    subject: `webhooks, ${CONNECTIONS} connections`,
    jobs: `${count(quantile(ours.speeds, 0.5))}/s`,
    plain: `${count(quantile(theirs.speeds, 0.5))}/s`,
    ratio: `${at(0.5)} (${at(0.25)} to ${at(0.75)})`,
    goal: `at least ${GOAL.toFixed(2)}`,
  };
}
