import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { storeConformance } from './conformance/index.js';
import { type OpenStore, openOnEmbedded, openOnPostgres, underTest } from './fixtures/open-store.js';

/** The embedded store is compiled when it is opened, which takes its time on a busy machine. ms */
const OPENING = 180_000;

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore | undefined;
  beforeAll(async () => {
    opened = await open();
  }, OPENING);
  afterAll(() => opened?.close());

  const store = () => {
    if (!opened) throw new Error('The store is not open');
    return underTest(opened.store);
  };
  it('its tables are made once', async () => {
    expect(await opened?.store.migrate()).toEqual([]);
  });
  for (const { name, run } of storeConformance(store)) it(name, run);
});
