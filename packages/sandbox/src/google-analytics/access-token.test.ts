import { generateKeyPairSync } from 'node:crypto';
import { AccessLostError, identifyAccount } from '@bizinsights/jobs-platforms';
import { googleAnalytics } from '@bizinsights/jobs-platforms/google-analytics';
import { expect, it } from 'vitest';
import { startSandbox } from '../index.js';
import { SANDBOX_OAUTH } from './tokens.js';

it('takes a refresh token, and neither a revoked one nor an assertion of another key', async () => {
  const sandbox = await startSandbox({ platforms: ['google-analytics'], days: 3 });
  const { propertyId, ...access } = sandbox['google-analytics'].credentials;
  const ask = (credentials: object) =>
    identifyAccount(googleAnalytics, { propertyId, ...credentials }, sandbox.http, { now: sandbox.now });
  expect(await ask({ oauth: SANDBOX_OAUTH })).toBe(`properties/${propertyId}`);
  const revoked = { ...SANDBOX_OAUTH, refreshToken: '1//revoked' };
  await expect(ask({ oauth: revoked })).rejects.toThrow(AccessLostError);
  await expect(ask({ oauth: { ...SANDBOX_OAUTH, clientSecret: 'x' } })).rejects.toThrow(AccessLostError);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const own = 'serviceAccount' in access ? access.serviceAccount : undefined;
  await expect(ask({ serviceAccount: { ...own, private_key: other } })).rejects.toThrow(AccessLostError);
  await sandbox.close();
});
