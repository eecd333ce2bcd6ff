/** The variables of the webhooks plugin. */
import { defineEnvironment, trimSecrets } from '@bizinsights/jobs-core';
import { z } from 'zod';

/** One secret, or several while one is replaced: `new,old`. */
const secrets = z.string().transform((text) => trimSecrets(text.split(',')));

export const webhooksEnvironment = defineEnvironment({
  SHOPIFY_WEBHOOK_SECRET: { schema: secrets, about: "The app's client secret, which signs Shopify's webhooks" },
  STRIPE_WEBHOOK_SECRET: { schema: secrets, about: "Signing secret of Stripe's endpoint (whsec_…)" },
  FACEBOOK_APP_SECRET: { schema: secrets, about: "The app secret, which signs Facebook's webhooks" },
  FACEBOOK_VERIFY_TOKEN: { schema: z.string(), about: "The token that Facebook's handshake must show" },
  WOOCOMMERCE_WEBHOOK_SECRET: { schema: secrets, about: "Secret of WooCommerce's webhooks" },
  RESEND_WEBHOOK_SECRET: { schema: secrets, about: "Signing secret of Resend's webhooks (whsec_…)" },
});

export type WebhooksVariable = keyof typeof webhooksEnvironment;
