/** What the READMEs of the packages tell a host to install. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishablePackages } from '../publishable-packages.js';

export interface ReadmeInstall {
  /** Of the README. */
  readonly package: string;
  /** What the line names, without versions. */
  readonly installed: readonly string[];
}

/** Lines that add to the one before, which is whole by itself: another transport, another adapter. */
const ADDS = new Set(['nodemailer', '@bizinsights/jobs-express', '@bizinsights/jobs-sandbox']);

/** Each line that is whole by itself. A line after one that only adds to it is not. */
export const README_INSTALLS: readonly ReadmeInstall[] = publishablePackages.flatMap(
  ({ folder, manifest: { name } }) => {
    const [, block = ''] = /```sh\n([\s\S]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? [];
    const lines = [...block.matchAll(/^npm install ([^#\n]*)/gm)].map(([, words = '']) =>
      words.split(/\s+/).filter((word) => word !== '' && !word.startsWith('--')),
    );
    const whole = lines.filter(([first = '']) => lines.length === 1 || !ADDS.has(first));
    const added = lines.filter((line) => !whole.includes(line)).flat();
    return whole.map((line) => ({ package: name, installed: [...new Set([...line, ...added])] }));
  },
);

const manifests = new Map(publishablePackages.map(({ manifest }) => [manifest.name, manifest]));

/** The peers of a line's packages that it does not name, and that are not optional. */
export function missingPeers({ installed }: ReadmeInstall): string[] {
  const peers = installed.flatMap((name) => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifests.get(name) ?? {};
    return Object.keys(peerDependencies).filter((peer) => !peerDependenciesMeta[peer]?.optional);
  });
  return [...new Set(peers)].filter((peer) => !installed.includes(peer) && peer !== 'next');
}
