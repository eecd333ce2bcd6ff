/** The variables of the email plugin. */
import { defineEnvironment } from '@bizinsights/jobs-core';
import { z } from 'zod';
import { parseAddress } from './address.js';

export const emailEnvironment = defineEnvironment({
  EMAIL_FROM: {
    schema: z.string().refine((text) => parseAddress(text) !== undefined, {
      error: 'must be an address such as "ann@example.com" or "Ann <ann@example.com>"',
    }),
    about: 'Sender of mails that name none, such as "Ann <ann@example.com>"',
  },
  RESEND_API_KEY: {
    schema: z.string().regex(/^[\x21-\x7e]+$/, 'must be a key of Resend: a text without spaces'),
    about: 'Key of Resend, for resendTransport()',
  },
});
