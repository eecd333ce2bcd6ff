/**
 * `@bizinsights/jobs-webhooks`: webhooks, verified at the door, answered at once, processed once.
 *
 * @packageDocumentation
 */
export { type DeliveriesCleanUpOptions, deliveriesCleanUp } from './deliveries/clean-up.js';
export {
  Deliveries,
  type DeliveryLimits,
  type DeliveryPage,
  type DeliveryQuery,
  type Replay,
} from './deliveries/deliveries.js';
export type { Delivery, DeliveryOutcome, DeliveryView } from './deliveries/delivery.js';
export { deliveryRoutes } from './deliveries/routes.js';
export { webhooksEnvironment } from './environment.js';
export { createWebhookHandler, type WebhookHandler, type WebhookHandlerOptions } from './handler.js';
export type {
  CustomerData,
  ErasedCustomer,
  PrivacyRequests,
  WebhookAddress,
  WebhookIntegration,
  WebhookIntegrations,
  WebhookIntegrationWithSecrets,
  WithWebhookIntegrations,
} from './ports.js';
export type { CustomerDataHandler, CustomerDataRequest } from './processing/privacy.js';
export { type WebhookProcessorOptions, type WebhookTopicHandler, webhookProcessor } from './processor.js';
export {
  WEBHOOK_OUTCOMES,
  type WebhookJob,
  type WebhookOutcome,
  type WebhookQueue,
  type WebhookResult,
  webhookQueue,
} from './queue.js';
export { SECRET_VARIABLES, type SecretOptions, type WebhookSecrets } from './secrets.js';
export { resend, standardWebhooks } from './standard-webhooks.js';
export type { WebhookJobs } from './webhook-jobs.js';
export type { WebhookPlatform } from './webhook-platform.js';
