/** The labelled series of the Numenta Anomaly Benchmark as they lie in a folder, and the scoring that lies beside them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

export interface NabSeries {
  /** `group/file.csv`, as the windows name it. */
  readonly name: string;
  readonly timestamps: readonly string[];
  readonly values: readonly number[];
}

/** By the name of the series, from the first to the last timestamp of each. */
export type NabWindows = Readonly<Record<string, readonly (readonly [string, string])[]>>;

/** What `scoreAll` answers, as far as it is shown. */
export interface NabResult {
  readonly score: number;
  readonly threshold: number;
  readonly bestStrictF1: number;
  readonly windows: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly strictF1: number;
}

export interface NabScoring {
  scoreAll(
    files: readonly NabSeries[],
    scores: Readonly<Record<string, readonly number[]>>,
    windows: NabWindows,
    profile: 'standard',
    options?: { threshold?: number },
  ): NabResult;
}

export interface Nab {
  readonly series: readonly NabSeries[];
  readonly windows: NabWindows;
  readonly scoring: NabScoring;
  /** Files without an entry among the windows, which are not judged. */
  readonly unlabelled: readonly string[];
}

const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/** Undefined where the folder is no such one. */
export async function readNab(folder: string): Promise<Nab | undefined> {
  const labels = ['combined_windows.json', 'labels/combined_windows.json']
    .map((path) => join(folder, path))
    .find(existsSync);
  const score = join(folder, 'score.mjs');
  if (!labels || !existsSync(score) || !existsSync(join(folder, 'data'))) return undefined;
  const windows = windowsSchema.parse(JSON.parse(readFileSync(labels, 'utf8')));
  const names = readdirSync(join(folder, 'data'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: group }) => readdirSync(join(folder, 'data', group)).map((file) => `${group}/${file}`))
    .filter((path) => /\.csv(\.gz)?$/.test(path))
    .sort();
  const labelled = names.filter((path) => seriesName(path) in windows);
  return {
    series: labelled.map((path) => readSeries(join(folder, 'data', path), seriesName(path))),
    windows,
    scoring: await import(pathToFileURL(score).href),
    unlabelled: names.filter((path) => !labelled.includes(path)),
  };
}

function seriesName(path: string): string {
  return path.replace(/\.gz$/, '');
}

function readSeries(path: string, name: string): NabSeries {
  const bytes = readFileSync(path);
  const [, ...lines] = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split(/\r?\n/);
  const cells = lines.map((line) => line.split(','));
  return {
    name,
    timestamps: cells.map(([timestamp = '']) => timestamp),
    values: cells.map(([, value]) => Number(value)),
  };
}
