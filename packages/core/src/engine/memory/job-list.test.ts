import { describe, expect, test } from 'vitest';
import { MemoryJob } from './job.js';
import { JobList } from './job-list.js';

const job = (id: string) => new MemoryJob({ id, queue: 'queue', data: '{}', options: {}, timestamp: 0 });
const ids = (list: JobList) => list.jobs.map(({ id }) => id).join(' ');

describe('a list of jobs', () => {
  test('is in the order of the ranks, and of arrival among equals', () => {
    const list = new JobList();
    list.push(job('a'), 2);
    list.push(job('b'), 1);
    list.push(job('c'), 2);
    list.pushFront(job('d'), 2);
    list.pushFront(job('e'), 2);
    expect(ids(list)).toBe('b e d a c');
    expect([list.first?.id, list.firstRank, list.last?.id, list.length]).toEqual(['b', 1, 'c', 5]);
  });

  test('gives a job back out, and says whether it was there', () => {
    const list = new JobList();
    const jobs = ['a', 'b', 'c'].map(job);
    for (const one of jobs) list.push(one);
    const [, middle] = jobs;
    if (!middle) throw new Error('no job');
    expect([list.delete(middle), list.delete(middle)]).toEqual([true, false]);
    expect(ids(list)).toBe('a c');
    list.clear();
    expect([list.length, list.first]).toEqual([0, undefined]);
  });

  test('takes new ranks', () => {
    const list = new JobList();
    for (const [id, rank] of [
      ['a', 5],
      ['b', 9],
      ['c', 2],
    ] as const)
      list.push(job(id), rank);
    list.rerank((rank) => Math.max(1, rank - 4));
    expect(ids(list)).toBe('a c b');
    expect(list.firstRank).toBe(1);
  });
});
