/** Behaviour: `jobs.health()`. */
import { expect, it } from 'vitest';
import { type TestBed, uniqueName } from '../test-bed.js';

export function describeHealth(bed: TestBed): void {
  it('says that the store answers, how fast, and of which version it is', async () => {
    const engine = bed.engine();
    const jobs = bed.open([], { engine });
    const health = await jobs.health();
    expect(health).toMatchObject({ engine: engine.kind, reachable: true });
    expect(health.latency).toBeGreaterThanOrEqual(0);
    expect(Array.isArray(health.warnings)).toBe(true);
    expect(health.error).toBeUndefined();
    if (engine.kind !== 'memory') expect(health.version).toMatch(/^\d+\.\d+/);
    // Never rejects, nor does it disturb what runs.
    const all = await Promise.all(Array.from({ length: 5 }, () => jobs.health()));
    expect(all.map(({ reachable }) => reachable)).toEqual([true, true, true, true, true]);
    await jobs.cache.set(uniqueName('still'), 'works', 1_000);
  });
}
