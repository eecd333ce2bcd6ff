/**
 * `@bizinsights/jobs-sandbox`: local servers that answer as the platforms do.
 *
 * @packageDocumentation
 */
export type { Fault } from './faults.js';
export type {
  OpenSandboxPlatform,
  SandboxFailures,
  SandboxGrants,
  SandboxPlatform,
  SandboxRequest,
  SandboxResponse,
  SandboxWebhook,
  SandboxWorld,
} from './platform.js';
export { type Sandbox, type SandboxOptions, type SandboxPlatformId, startSandbox } from './sandbox.js';
export type { ReceivedRequest, SandboxServer, WebhookDelivery } from './server.js';
export * from './shop/shop.js';
export { dailyTruth, type ShopDay, type TruthRecord, truthRecords } from './shop/truth.js';
