/** Configuration from the environment: every variable in one table, checked all at once. */
import { z } from 'zod';
import { ConfigError, toIssues } from './errors.js';
import { LOG_LEVELS } from './logger.js';
import { trimSecrets } from './secrets.js';
import { MAX_TIMER } from './timers.js';

const text = z.string().min(1);
const milliseconds = z.coerce.number().int().positive().max(MAX_TIMER);
/** One secret, or several while they are rotated: `new,old`. */
const secrets = text.transform((value) => trimSecrets(value.split(',')));

/** `email-sending=10,data-sync=2` */
const concurrency = z
  .string()
  .regex(
    /^\s*[\w.-]+=0*[1-9]\d*\s*(,\s*[\w.-]+=0*[1-9]\d*\s*)*$/,
    'must look like "email-sending=10,data-sync=2", each at least 1',
  )
  .transform((value) =>
    Object.fromEntries(
      value.split(',').map((pair): [string, number] => {
        const [queue = '', count = ''] = pair.trim().split('=');
        return [queue, Number(count)];
      }),
    ),
  );

/**
 * Reads `email-sending=10,data-sync=2`.
 *
 * @throws {ConfigError} when it is not of that form
 */
export function parseConcurrency(value: string): Record<string, number> {
  const parsed = concurrency.safeParse(value);
  if (!parsed.success) throw new ConfigError('The concurrency is not right', toIssues(parsed.error.issues));
  return parsed.data;
}

/** One variable: what it may be, and what it is for. */
interface Variable {
  readonly schema: z.ZodType;
  readonly about: string;
}

/**
 * All variables that the packages of this project read. None is needed. White space around a value does not count, and an
 * empty one counts as absent.
 */
export const ENVIRONMENT = {
  NODE_ENV: {
    schema: text,
    about: 'Where it is set, and is not "development" or "test", a store must be named: none is chosen by itself.',
  },
  REDIS_URL: {
    schema: text,
    about:
      'Where the jobs are: redis://, rediss://, redis-cluster://, redis-sentinel://, postgres://, file:DIR or memory:',
  },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS), about: 'What is logged. Default: info' },
  JOBS_CONCURRENCY: { schema: concurrency, about: 'Jobs at a time by queue, such as "email-sending=10,data-sync=2"' },
  JOBS_STATS_INTERVAL: {
    schema: milliseconds,
    about: 'Time between two statistics lines of a worker, ms. Default: 30000',
  },
  JOBS_SHUTDOWN_TIMEOUT: {
    schema: milliseconds,
    about: 'How long a worker that stops waits for its running jobs, ms. Default: 30000',
  },
  RESEND_API_KEY: { schema: text, about: 'Key of Resend, for resendTransport()' },
  EMAIL_FROM: { schema: text, about: 'Sender of mails that name none, such as "Ann <ann@example.com>"' },
  SHOPIFY_WEBHOOK_SECRET: { schema: secrets, about: "The app's client secret, which signs Shopify's webhooks" },
  STRIPE_WEBHOOK_SECRET: { schema: secrets, about: "Signing secret of Stripe's endpoint (whsec_…)" },
  FACEBOOK_APP_SECRET: { schema: secrets, about: "The app secret, which signs Facebook's webhooks" },
  FACEBOOK_VERIFY_TOKEN: { schema: text, about: "The token that Facebook's handshake must show" },
  WOOCOMMERCE_WEBHOOK_SECRET: { schema: secrets, about: "Secret of WooCommerce's webhooks" },
  RESEND_WEBHOOK_SECRET: { schema: secrets, about: "Signing secret of Resend's webhooks (whsec_…)" },
} as const satisfies Record<string, Variable>;

/** The checked values by variable. */
export type Config = { readonly [Name in keyof typeof ENVIRONMENT]?: z.output<(typeof ENVIRONMENT)[Name]['schema']> };

const schema = z.object(
  Object.fromEntries(Object.entries(ENVIRONMENT).map(([name, variable]) => [name, variable.schema.optional()])),
);

/**
 * Reads the configuration.
 *
 * @param environment by default the process's
 * @throws {ConfigError} listing every variable that is wrong, without its value.
 * @example
 * ```ts
 * const { EMAIL_FROM = 'noreply@example.com' } = readConfig();
 * ```
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const present = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]): [string, string][] => {
      const set = value?.trim();
      return name in ENVIRONMENT && set ? [[name, set]] : [];
    }),
  );
  const parsed = schema.safeParse(present);
  if (!parsed.success) throw new ConfigError('The environment is not right', toIssues(parsed.error.issues));
  return parsed.data as Config;
}
