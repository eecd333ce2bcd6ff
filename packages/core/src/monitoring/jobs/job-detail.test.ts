import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineQueue } from '../../queue/definition.js';
import { createPresenter } from './job-detail.js';

it('a number that is redacted in the data is so in what a processor has made of it', () => {
  const queue = defineQueue({ name: 'cards', schema: z.object({ pin: z.number() }), redact: ['pin'] });
  const { summary } = createPresenter(queue);
  const progress = { sent: [{ pin: 471_199, note: 'pin 471199' }] };
  const shown = summary({
    ...{ id: '1', queue: 'cards', state: 'active', data: { pin: 471_199 }, progress, result: undefined },
    ...{ attemptsMade: 0, maxAttempts: 3, starts: 1, deaths: 0, putOffs: 0, priority: 0, delay: 0, stacktrace: [] },
    ...{
      tenant: undefined,
      createdAt: 1,
      startedAt: 2,
      finishedAt: undefined,
      failedReason: undefined,
      worker: undefined,
    },
  });
  expect(JSON.stringify(shown)).not.toContain('471199');
  expect(shown.progress).toEqual({ sent: [{ pin: '[redacted]', note: 'pin [redacted]' }] });
});
