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
  SandboxWebhookOptions,
  SandboxWorld,
} from './platform.js';
export type { SandboxPlatformId } from './platforms.js';
export type { Sandbox } from './running-sandbox.js';
export { type SandboxOptions, startSandbox } from './sandbox.js';
export type { ReceivedRequest, SandboxServer, WebhookDelivery } from './server.js';
export * from './shop/shop.js';
export { type SandboxTruth, type ShopDay, type TruthOptions, type TruthRecord, truthRecords } from './shop/truth.js';
export {
  type BreakdownTruthOptions,
  type ShopDayPart,
  type ShopDimension,
  truthBreakdown,
} from './shop/truth-breakdown.js';
export { SandboxStateError } from './state-file.js';
export type { SandboxSubscription, SubscribeOptions } from './webhooks/subscriptions.js';
