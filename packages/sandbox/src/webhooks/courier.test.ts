import { createServer } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import { createReceiver } from '../fixtures/receiver.js';
import { type Courier, createCourier } from './courier.js';

const LETTER = { headers: { 'x-topic': 'orders/paid' }, body: '{"id":1}' };

const closing: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0)) await one.close();
});

function courierTo(to: string, options: Parameters<typeof createCourier>[1]): Courier {
  const courier = createCourier(to, options);
  closing.push(courier);
  return courier;
}

/** A server with the given statuses, one after another, and then 200. */
async function answering(...statuses: number[]) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    bodies.push(Buffer.concat(chunks).toString());
    response.statusCode = statuses.shift() ?? 200;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  closing.push({
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, bodies };
}

const settled = (courier: Courier) =>
  vi.waitFor(() => expect(courier.counts().pending).toBe(0), { timeout: 60_000, interval: 5 });

it('sends again what was not taken, until it is', async () => {
  const { url, bodies } = await answering(500, 429, 302, 404);
  const courier = courierTo(url, { waits: [1, 1, 1, 1, 1] });
  courier.send(LETTER);
  await settled(courier);
  expect(courier.counts()).toEqual({ delivered: 1, failed: 0, pending: 0 });
  expect(bodies).toEqual(Array(5).fill(LETTER.body));
});

it('gives up after the last attempt, and goes on with others', async () => {
  const { url } = await answering(500, 500, 500);
  const courier = courierTo(url, { waits: [1, 1] });
  courier.send(LETTER);
  await settled(courier);
  courier.send(LETTER);
  await settled(courier);
  expect(courier.counts()).toEqual({ delivered: 1, failed: 1, pending: 0 });
});

it('waits for a receiver that is not up yet', async () => {
  const early = await createReceiver();
  const { url } = early;
  await early.close();
  const courier = courierTo(url, { waits: Array(5_000).fill(10) });
  courier.send(LETTER);
  await vi.waitFor(() => expect(courier.counts()).toMatchObject({ delivered: 0, pending: 1 }));
  const late = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => late.listen(Number(new URL(url).port), '127.0.0.1', resolve));
  closing.push({ close: () => new Promise((resolve) => late.close(resolve)) });
  await settled(courier);
  expect(courier.counts()).toEqual({ delivered: 1, failed: 0, pending: 0 });
});

it('gives up what comes while a thousand are waiting', async () => {
  const courier = courierTo('http://127.0.0.1:1', { waits: [600_000], maxPending: 3 });
  for (let letter = 0; letter < 5; letter++) courier.send(LETTER);
  expect(courier.counts()).toEqual({ delivered: 0, failed: 2, pending: 3 });
});

it('ends at once when it is closed, whatever is under way', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const to = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const courier = createCourier(to);
  for (let letter = 0; letter < 20; letter++) courier.send(LETTER);
  const isAsked = new Promise((resolve) => silent.once('connection', resolve));
  await isAsked;
  await courier.close();
  courier.send(LETTER);
  expect(courier.counts().delivered).toBe(0);
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
});
