import { fileURLToPath } from 'node:url';
import { withJobs } from '@bizinsights/jobs-next/config';

/** Node.js loads them as they are installed: they choose drivers, templates and files at run time. */
const SERVER_PACKAGES = [
  '@bizinsights/jobs-alerts',
  '@bizinsights/jobs-data-sync',
  '@bizinsights/jobs-email',
  '@bizinsights/jobs-insights',
  '@bizinsights/jobs-platforms',
  '@bizinsights/jobs-reports',
  '@bizinsights/jobs-sandbox',
  '@bizinsights/jobs-store',
  '@bizinsights/jobs-webhooks',
  'mailparser',
  'nodemailer',
  'smtp-server',
];

export default withJobs({
  serverExternalPackages: SERVER_PACKAGES,
  poweredByHeader: false,
  // The repository's root: its node_modules hold the packages.
  turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL('../..', import.meta.url)),
});
