// A name is looked up when its connection is made: what it led to before does not count.
import dns from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { nodeWire } from './connect.js';
import { PlatformAddressError } from './errors.js';

it('a name that leads to a private address is refused, whatever else it leads to', async () => {
  const server = createServer((_request, response) => response.end('secret'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const request = {
    method: 'GET',
    // A name of every machine that leads to its loopback address.
    url: new URL(`http://localhost:${port}/`),
    headers: {},
    body: undefined,
    signal: AbortSignal.timeout(5_000),
  };
  await expect(nodeWire(() => false)(request)).rejects.toBeInstanceOf(PlatformAddressError);
  const { status, body } = await nodeWire(() => true)(request);
  expect(status).toBe(200);
  for await (const chunk of body) expect(Buffer.from(chunk).toString()).toBe('secret');
  expect((await dns.promises.lookup('localhost')).address).toMatch(/^(127\.|::1)/);
  server.closeAllConnections();
  server.close();
});
