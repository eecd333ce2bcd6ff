/** What a host brings: two queues, a plugin's routes, and who may ask. The apps of the fixtures define the same. */
import { createJobs, defineProcessor, defineQueue, silentLogger } from '@bizinsights/jobs-core';
import { defineRoute, type PluginRoutes } from '@bizinsights/jobs-core/http';
import type { Authorize, Role } from '@bizinsights/jobs-core/monitoring';
import { z } from 'zod';

/** Every mail fails at its first attempt; the address is nobody's business. */
export const mails = defineQueue({
  name: 'mails',
  schema: z.object({ shop: z.string(), to: z.string(), note: z.string().optional() }),
  tenant: ({ shop }) => shop,
  redact: ['to'],
  defaults: { attempts: 1 },
});
export const plain = defineQueue({ name: 'plain', schema: z.object({}) });

const ROLES: readonly string[] = ['viewer', 'operator', 'admin'] satisfies Role[];
const isRole = (role: string | null): role is Role => role !== null && ROLES.includes(role);

/** The header says who asks: the subject of these tests is what carries it. */
export const byHeader: Authorize = ({ headers }) => {
  const role = headers.get('x-role');
  return isRole(role) ? { actor: role, role } : null;
};

/** A plugin's routes. They say what has come to them. */
export const bellRoutes: PluginRoutes = {
  name: 'bells',
  routes: [
    defineRoute({
      method: 'GET',
      path: '/{id}',
      summary: 'A bell.',
      role: 'viewer',
      params: z.object({ id: z.string() }),
      query: z.object({ tune: z.string().optional() }),
      run: ({ params, query, principal }) => Response.json({ ...params, ...query, actor: principal.actor }),
    }),
    defineRoute({
      method: 'POST',
      path: '/{id}',
      summary: 'Rings a bell.',
      role: 'operator',
      params: z.object({ id: z.string() }),
      body: z.strictObject({ times: z.int().min(1) }),
      answer: z.object({ id: z.string(), rung: z.int() }),
      audit: ({ params }) => ({ action: 'bell:ring', target: params.id }),
      run: ({ params, body }) => ({ id: params.id, rung: body.times }),
    }),
  ],
};

export const createHost = (connection: string) =>
  createJobs({ connection, queues: [mails, plain], logger: silentLogger });

/** Jobs that the cases ask for. `size` is how long the note of a mail is. */
export async function seed(connection: string, size = 10_000): Promise<void> {
  const jobs = createHost(connection);
  jobs.registerProcessor(
    defineProcessor({
      queue: mails,
      process({ data }) {
        throw new Error(`no mailbox ${data.to}`);
      },
    }),
  );
  const count = 40;
  const entries = Array.from({ length: count }, (_, index) => ({
    data: { shop: 'café', to: `mail${index}@example.com`, note: `größe ${'x'.repeat(size)}` },
    options: { id: `mail-${index}` },
  }));
  const allFailed = new Promise<void>((resolve) => {
    let failed = 0;
    jobs.events.on('job:exhausted', () => {
      failed += 1;
      if (failed === count) resolve();
    });
  });
  await jobs.queue(mails).addMany(entries);
  const worker = await jobs.startWorker({ handleSignals: false });
  await allFailed;
  await worker.close();
  await jobs.queue(plain).addMany(Array.from({ length: 5 }, () => ({ data: {} })));
  await jobs.close();
}
