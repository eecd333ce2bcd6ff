/** The version of this package, for what a worker says of itself. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
