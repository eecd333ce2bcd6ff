import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { storeConformance } from './conformance/index.js';
import { type OpenStore, openOnEmbedded, openOnPostgres, underTest } from './fixtures/open-store.js';

const STORES = { PostgreSQL: () => openOnPostgres(inject('postgresUrl')), embedded: () => openOnEmbedded() };

describe.each(Object.entries(STORES))('on %s', (_name, open) => {
  let opened: OpenStore | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());

  const store = () => {
    if (!opened) throw new Error('The store is not open');
    return underTest(opened.store);
  };
  for (const { name, run } of storeConformance(store)) it(name, run);
});
