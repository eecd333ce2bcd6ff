/** Behaviour: the end of `jobs`. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineQueue } from '../../../queue/definition.js';
import { rejection, type TestBed, uniqueName } from '../test-bed.js';

export function describeClosing(bed: TestBed): void {
  it('closes twice, and tells afterwards that it is closed', async () => {
    const queue = defineQueue({ name: uniqueName('closed'), schema: z.object({}) });
    const jobs = bed.open([queue], { engine: bed.closable() });
    await jobs.queue(queue).add({});
    await Promise.all([jobs.close(), jobs.close()]);
    await jobs.close();
    expect(await rejection(jobs.queue(queue).add({}))).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await rejection(jobs.cache.get('x'))).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(await jobs.health()).toMatchObject({ reachable: false, error: expect.any(String) });
  });

  it.each([0, 5, 15, 30, 60])(
    'closes although a `waitFor` has begun %s ms ago, which then says why it ends',
    async (pause) => {
      const queue = defineQueue({ name: uniqueName('closed'), schema: z.object({}) });
      const jobs = bed.open([queue], { engine: bed.closable() });
      const { id } = await jobs.queue(queue).add({});
      const waited = rejection(jobs.queue(queue).waitFor(id, { timeout: 20_000 }));
      await new Promise((resolve) => setTimeout(resolve, pause));
      await jobs.close();
      expect(await waited).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    },
  );

  it('closes what was never used', async () => {
    await bed.open([], { engine: bed.closable() }).close();
  });
}
