// For PM2 (https://pm2.keymetrics.io): the app on all cores, and a worker. After `npm run build`:
//
//   REDIS_URL=redis://… DATABASE_URL=postgres://… npx pm2 start ecosystem.config.cjs
//   npx pm2 reload ecosystem.config.cjs     # a new release: no request and no job is lost
//
// Both servers are needed, as app and worker are several processes: the embedded store belongs to one.

/** What PM2 allows a process to end in before it kills it. A worker waits up to 30 s for its running jobs. ms */
const ENOUGH_TO_END = 35_000;

module.exports = {
  apps: [
    {
      name: 'app',
      cwd: __dirname,
      script: 'node_modules/next/dist/bin/next',
      args: `start --port ${process.env.PORT || 3002}`,
      // A reload starts the new processes before it ends the old ones.
      exec_mode: 'cluster',
      instances: process.env.APP_INSTANCES || 'max',
      kill_timeout: ENOUGH_TO_END,
      env: { NODE_ENV: 'production' },
    },
    {
      name: 'worker',
      cwd: __dirname,
      script: 'src/worker.ts',
      // `fork`: a worker listens on no port. For more of them: `npx pm2 scale worker 3`.
      exec_mode: 'fork',
      interpreter: 'node',
      interpreter_args: '--import tsx',
      kill_timeout: ENOUGH_TO_END,
      env: { NODE_ENV: 'production' },
    },
  ],
};
