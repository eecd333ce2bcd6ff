/** What a server action answers to the form that has sent it. */
import { isJobsError } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { DemoServicesError } from './demo/demo-services';
import { ForbiddenError } from './sign-in/session';

export interface ActionResult {
  readonly notice?: string;
  /** In words for the person who has sent the form. */
  readonly error?: string;
}

/**
 * Runs an action. What a person can do something about is answered as a text; anything else goes to the error page and to the
 * log.
 */
export async function answering(run: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ForbiddenError) return { error: 'Your role does not allow this.' };
    if (error instanceof z.ZodError) return { error: z.prettifyError(error) };
    if (isJobsError(error) || error instanceof DemoServicesError) return { error: error.message };
    throw error;
  }
}
