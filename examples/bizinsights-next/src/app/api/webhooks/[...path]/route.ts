/** The door for the platforms' webhooks. */
import { type NextHandler, type NextWebhookHandlers, toNextWebhookHandlers } from '@bizinsights/jobs-next';
import { createWebhookHandler } from '@bizinsights/jobs-webhooks';
import { accounts } from '@/lib/integrations/accounts';
import { webhookSecrets } from '@/lib/integrations/webhook-secrets';
import { jobs } from '@/lib/jobs';

let opened: Promise<NextWebhookHandlers> | undefined;

/** Not at import: a build loads this file too. */
async function open(): Promise<NextWebhookHandlers> {
  const secrets = await webhookSecrets();
  return toNextWebhookHandlers(createWebhookHandler(jobs, { ...accounts, ...(secrets ? { secrets } : {}) }));
}

async function handlers(): Promise<NextWebhookHandlers> {
  try {
    opened ??= open();
    return await opened;
  } catch (error) {
    opened = undefined;
    throw error;
  }
}

export const GET: NextHandler = async (request, context) => (await handlers()).GET(request, context);
export const POST: NextHandler = async (request, context) => (await handlers()).POST(request, context);
