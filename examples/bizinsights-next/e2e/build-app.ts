/** The build of the app, as `npm start` makes it: it is not made again unless something has changed. */
import { buildExampleWhenChanged, tool } from '../../../scripts/steps.mjs';
import { app } from './demo-processes';

/** @throws {Error} when the build fails; its output is printed */
export async function buildApp(): Promise<void> {
  process.env.NEXT_TELEMETRY_DISABLED ??= '1';
  const code = await buildExampleWhenChanged('bizinsights-next', () =>
    tool('next', ['build'], { quiet: true, cwd: app }),
  );
  if (code !== 0 && code !== 'skipped') throw new Error(`The app could not be built: next build ended with ${code}`);
}
