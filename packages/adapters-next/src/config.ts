/** `@bizinsights/jobs-next/config`: what a Next.js build has to know of the library. */
import type { NextConfig } from 'next';

/**
 * Loaded by Node.js as they are installed. They choose drivers at run time, so a bundler finds requests in them that it
 * can't follow, and says so. Reports read fonts that lie beside the code of other packages.
 */
const EXTERNAL = [
  '@bizinsights/jobs-core',
  '@bizinsights/jobs-reports',
  'bullmq',
  'ioredis',
  'pg',
  '@electric-sql/pglite',
];

/**
 * Adds to a configuration that the library is not to be bundled.
 *
 * @example
 * ```ts
 * // next.config.ts
 * import { withJobs } from '@bizinsights/jobs-next/config';
 *
 * export default withJobs({ output: 'standalone' });
 * ```
 */
export function withJobs<Config extends NextConfig>(config: Config): Config {
  const { serverExternalPackages = [] } = config;
  return { ...config, serverExternalPackages: [...new Set([...serverExternalPackages, ...EXTERNAL])] };
}
