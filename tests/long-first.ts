/** The order of test files: those that take longest come first, so that the last ones to end are short. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes more than about 15 s beside other files, longest first. Vitest's own order goes by the size of a file. */
export const LONG = [
  'embedded/engine.behaviour.test.ts',
  '.behaviour.test.ts',
  'adapters-next/',
  'silence.test.ts',
  'slots.soak.test.ts',
  'replicas.soak.test.ts',
  'lock.soak.test.ts',
  '.soak.test.ts',
  'outage.test.ts',
  'outage-attempts.test.ts',
  'privacy-webhooks.test.ts',
  'full-reads.test.ts',
  'reconnect.test.ts',
  'packages/core/src/worker/',
  'packages/core/src/engine/',
];

export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted
      .map((file, index) => ({ file, index, rank: rankOf(file), group: file.project.config.sequence.groupOrder }))
      .sort((a, b) => a.group - b.group || a.rank - b.rank || a.index - b.index)
      .map(({ file }) => file);
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((part) => moduleId.includes(part));
  return rank === -1 ? LONG.length : rank;
}
