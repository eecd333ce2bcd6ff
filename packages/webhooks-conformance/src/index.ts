/** The sandbox's webhooks, over HTTP, against one way to mount the handler. */
export { createWebhookHost, type WebhookSubject, webhookConformance } from './suite.js';
