// For PM2 (https://pm2.keymetrics.io): the app on all cores, and a worker. After `npm run build`:
//
//   REDIS_URL=redis://… DATABASE_URL=postgres://… npx pm2 start ecosystem.config.cjs
//   npx pm2 reload ecosystem.config.cjs
//
// DATABASE_URL has to be set: without it the data is in the embedded store, which belongs to one process.

/** What both have in common. */
const shared = {
  cwd: __dirname,
  env: { NODE_ENV: 'production' },
  // Each process ends its own children. PM2 would look for them with `ps`, which slim images lack: there it sends no signal
  // at all, and kills after `kill_timeout`.
  treekill: false,
  // What cannot start (its database is away, a variable is wrong) is started again after longer and longer pauses. ms
  exp_backoff_restart_delay: 200,
};

module.exports = {
  apps: [
    {
      ...shared,
      name: 'app',
      script: 'node_modules/next/dist/bin/next',
      args: `start --port ${process.env.PORT || 3002}`,
      // The processes share the port. A reload starts the new one before it ends the old one.
      exec_mode: 'cluster',
      instances: process.env.APP_INSTANCES || 'max',
      // How long a reload waits until the new process listens. ms
      listen_timeout: 60_000,
      // How long requests may still take when the process is asked to end. ms
      kill_timeout: 10_000,
    },
    {
      ...shared,
      name: 'worker',
      // Node.js itself: PM2 has a loader of its own for TypeScript, which wants ts-node.
      script: process.execPath,
      args: '--import tsx src/worker.ts',
      interpreter: 'none',
      // It listens on no port. For more of them: `npx pm2 scale worker 3`.
      exec_mode: 'fork',
      // Longer than the worker needs, which has given back its running jobs within 25 s (JOBS_SHUTDOWN_TIMEOUT). ms
      kill_timeout: 30_000,
    },
  ],
};
