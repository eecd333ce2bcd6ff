/** Behaviour: the end of `jobs`. */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineQueue } from '../../queue/definition.js';
import { rejection, type TestBed, uniqueName } from './test-bed.js';

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

  it('closes what was never used', async () => {
    await bed.open([], { engine: bed.closable() }).close();
  });
}
