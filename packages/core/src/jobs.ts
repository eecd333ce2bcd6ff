/** `createJobs`: puts the parts together. */

import { type Config, checkEnvironment, readConfig } from './config.js';
import { defined } from './defined.js';
import { replaceableEngine } from './engine/replaceable-engine.js';
import { type Connection, DEFAULT_DIRECTORY, engineWithoutStore, resolveEngine } from './engine/resolve.js';
import { ConfigError } from './errors.js';
import { createEvents } from './events.js';
import { isBeingReplaceable } from './hot-reload.js';
import { type CreateJobsOptions, checkCreateOptions, Jobs, type JobsParts, readingsOf } from './jobs-instance.js';
import { createLogger, type Logger } from './logger.js';
import type { AnyQueueDefinition } from './queue/definition.js';
import { cleanUpProcessor } from './scheduler/clean-up.js';
import { createErrorReport, limitRepeats } from './worker/error-report.js';

/**
 * Makes a host's jobs. Opens no connection before something is asked of them. Jobs can be made without a store too, as a
 * build loads modules where nothing is set: with an empty `connection`, or with none in production, where no store is chosen
 * by default. Then everything that is asked of them, and the start of a worker, rejects with `ConfigError`.
 *
 * @throws {ConfigError} when an option is unknown, or the connection or the environment is wrong: core's variables, and
 *   those of `processors`
 * @throws {QueueDefinitionError} when two queues have one name
 * @example
 * ```ts
 * export const jobs = createJobs({ connection: process.env.REDIS_URL, queues: [thumbnailQueue, emailQueue] });
 * await jobs.queue(thumbnailQueue).add({ organizationId, imageId, width: 320 }, { priority: 1, delay: 60_000 });
 * ```
 */
export function createJobs<const Queues extends readonly AnyQueueDefinition[]>(
  options: CreateJobsOptions<Queues>,
): Jobs<Queues> {
  // First of all: without a mistyped `connection` another store would be opened.
  checkCreateOptions(options);
  const { environment: variables = process.env, processors = [] } = options;
  checkEnvironment(readingsOf(variables, processors));
  const config = readConfig(variables);
  const logger = options.logger ?? createLogger(defined({ level: config.LOG_LEVEL }));
  const events = createEvents(logger);
  const connection = options.connection ?? config.REDIS_URL ?? defaultConnection(config, logger);
  const engine =
    connection instanceof ConfigError
      ? engineWithoutStore(connection)
      : resolveEngine(connection, {
          prefix: options.prefix ?? 'bull',
          ...defined({ telemetry: options.telemetry }),
          onError: limitRepeats(createErrorReport({ logger, events })),
          onReconnect: (away) => logger.info(`the job store is back after ${(away / 1_000).toFixed(1)} s`),
        });
  const parts = {
    engine: isBeingReplaceable() ? replaceableEngine(engine) : engine,
    config,
    variables,
    events,
    logger,
  };
  const jobs = new Jobs(options, parts);
  for (const processor of processors) jobs.registerProcessor(processor);
  if (options.cleanUp) registerCleanUp(jobs);
  return jobs;
}

/** Like {@link createJobs} on a given engine: for the tests' one. */
export function createJobsOn<const Queues extends readonly AnyQueueDefinition[]>(
  options: CreateJobsOptions<Queues>,
  parts: JobsParts,
): Jobs<Queues> {
  checkCreateOptions(options);
  const logger = options.logger ?? createLogger();
  const jobs = new Jobs(options, { ...parts, events: createEvents(logger), logger });
  if (options.cleanUp) registerCleanUp(jobs);
  return jobs;
}

/** The queue of the clean-up is one of the jobs' own, whether the host has named it or not. */
function registerCleanUp(jobs: Jobs): void {
  jobs.registerProcessor(cleanUpProcessor(jobs));
}

/** Or why there is none. */
function defaultConnection(config: Config, logger: Logger): Connection | ConfigError {
  const { NODE_ENV: environment = 'development' } = config;
  // Not only "production": "prod" or "staging" is no developer's machine either.
  if (!['development', 'test'].includes(environment)) {
    return new ConfigError('No job store is named', [
      {
        path: ['REDIS_URL'],
        message: `set it, or give createJobs({ connection }): in ${environment} no store is chosen by itself`,
      },
    ]);
  }
  logger.info(`no connection and no REDIS_URL: jobs are kept in the embedded store in ${DEFAULT_DIRECTORY}`);
  return `file:${DEFAULT_DIRECTORY}`;
}
