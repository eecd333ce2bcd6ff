import { facebookAds } from '@bizinsights/jobs-platforms/facebook-ads';
import { expect, it } from 'vitest';
import { startSandbox } from '../index.js';

it('the deleted and archived ones are asked for, and `since` leaves out what is older', async () => {
  const sandbox = await startSandbox({ platforms: ['facebook-ads'], days: 5 });
  const { credentials, requests } = sandbox['facebook-ads'];
  const [stream] = facebookAds.connect(credentials, sandbox.http).streams;
  const [first] = sandbox.shop.campaigns;
  if (first) first.updatedAt = sandbox.now();
  const ids: string[] = [];
  const signal = AbortSignal.timeout(20_000);
  const options = { mode: 'full', cursor: undefined, signal, now: sandbox.now, since: sandbox.now() - 1_000 } as const;
  for await (const { records } of stream?.read(options) ?? []) ids.push(...records.map(({ id }) => id));
  expect(ids).toEqual([String(first?.id)]);
  expect(decodeURIComponent(requests[0]?.path ?? '')).toMatch(/effective_status=\[.*"DELETED","ARCHIVED"/);
  await sandbox.close();
});
