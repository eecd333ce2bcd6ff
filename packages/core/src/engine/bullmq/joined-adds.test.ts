import { expect, it } from 'vitest';
import { JoinedAdds } from './joined-adds.js';

const job = (id: string, characters = 2) => ({
  ...{ id, name: 'work', data: 'x'.repeat(characters), opts: {}, timestamp: 1, progress: 0 },
  ...{ attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0, failedReason: '', returnvalue: 'null' },
});

function open() {
  const sent: string[][] = [];
  const adds = new JoinedAdds(async (jobs) => {
    sent.push(jobs.map(({ id }) => id));
    if (jobs.some(({ id }) => id === 'bad')) throw new Error('refused');
  });
  return { sent, add: (id: string, characters?: number) => adds.add(job(id, characters)), flush: () => adds.flush() };
}

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);

it('joins what is added at the same moment, 50 jobs at the most', async () => {
  const { sent, add } = open();
  await Promise.all(ids(0, 120).map((id) => add(id)));
  expect(sent).toEqual([ids(0, 50), ids(50, 100), ids(100, 120)]);
  await add('later');
  expect(sent.at(-1)).toEqual(['later']);
});

it('sends large jobs apart, and what was joined when it is asked to', async () => {
  const { sent, add, flush } = open();
  const added = [add('small'), add('large', 100_000), add('next'), flush(), add('last')];
  await Promise.all(added);
  expect(sent).toEqual([['small', 'large'], ['next'], ['last']]);
});

it('rejects those whose step has failed, and no others', async () => {
  const { add, flush } = open();
  const added = [add('one'), add('bad')];
  flush();
  const results = await Promise.allSettled([...added, add('other')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});
