import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { JobOptionsError } from '../errors.js';
import { defineQueue } from './definition.js';
import type { JobOptions } from './job-options.js';
import { toStoredOptions } from './options.js';

const queue = defineQueue({ name: 'jobs', schema: z.object({}), version: 2, migrate: { 1: (data) => data } });
const fair = defineQueue({ name: 'fair', schema: z.object({ t: z.string() }), tenant: ({ t }) => t, fair: true });

describe('the options of a job', () => {
  it("become BullMQ's, on top of the queue's defaults", () => {
    const options: Omit<Required<JobOptions>, 'reuse'> = {
      priority: 7,
      attempts: 5,
      backoff: { type: 'fixed', delay: 10 },
      delay: 1_000,
      timeout: 50,
      deduplicate: { key: 'once', ttl: 9 },
      id: 'mine',
      retention: { completed: { count: 1 }, failed: { age: 60_000 } },
    };
    expect(toStoredOptions(queue, options)).toEqual({
      priority: 7,
      attempts: 5,
      backoff: { type: 'fixed', delay: 10 },
      delay: 1_000,
      deduplication: { id: 'once', ttl: 9 },
      removeOnComplete: { count: 1 },
      removeOnFail: { age: 60 },
      bizinsights: { timeout: 50, version: 2 },
    });
  });

  it('are the same object for all jobs without any', () => {
    expect(toStoredOptions(queue, undefined)).toBe(toStoredOptions(queue, undefined));
  });

  it('that are unknown or wrong are listed together', () => {
    // What an untyped caller may send.
    const wrong: JobOptions = JSON.parse(
      '{"prio":1,"attempts":0,"delay":-1,"deduplicate":{"key":""},"id":"12","timeout":0,"backoff":{"type":"linear","delay":1}}',
    );
    const refuse = () => toStoredOptions(queue, wrong);
    expect(refuse).toThrow(JobOptionsError);
    for (const part of [
      '"prio"',
      '"attempts"',
      '"delay"',
      '"deduplicate.key"',
      '"id"',
      '"timeout"',
      '"backoff.type"',
    ]) {
      expect(refuse).toThrow(part);
    }
  });

  it('that are unknown are named with the one that was meant, also inside of another one', () => {
    const wrong: JobOptions = JSON.parse(
      '{"attempt":5,"backoff":{"type":"fixed","delay":1,"jiter":1},"deduplicate":{"key":"a","tl":1},"retention":null}',
    );
    const refuse = () => toStoredOptions(queue, wrong);
    expect(refuse).toThrow('unknown option "attempt": did you mean "attempts"?');
    expect(refuse).toThrow('unknown option "backoff.jiter": did you mean "jitter"?');
    expect(refuse).toThrow('unknown option "deduplicate.tl": did you mean "ttl"?');
    expect(refuse).toThrow('"retention" must be an object');
  });

  it('refuse a `reuse` that is wrong, or that has an id or a deduplication beside it', () => {
    const problemsOf = (text: string) => () => toStoredOptions(queue, JSON.parse(text));
    expect(problemsOf('{"reuse":{}}')).toThrow('"reuse.maxAge" must be from 1 ms to ten years');
    expect(problemsOf('{"reuse":{"maxAge":0,"key":""}}')).toThrow('"reuse.key" must not be empty');
    expect(problemsOf('{"reuse":{"maxage":5}}')).toThrow('unknown option "reuse.maxage": did you mean "maxAge"?');
    expect(problemsOf('{"reuse":60000}')).toThrow('"reuse" must be an object');
    expect(problemsOf('{"reuse":{"maxAge":5,"key":"\\u0000"}}')).toThrow('"reuse.key" must not have the character NUL');
    const both = problemsOf('{"reuse":{"maxAge":5},"id":"mine","deduplicate":{"key":"a"}}');
    expect(both).toThrow('"id" cannot be given together with "reuse"');
    expect(both).toThrow('"deduplicate" cannot be given together with "reuse"');
    expect(toStoredOptions(queue, { reuse: { maxAge: 5 } })).toEqual(toStoredOptions(queue, undefined));
  });

  it('that are undefined count as absent, also inside of another one', () => {
    const options: object = {
      attempts: undefined,
      id: undefined,
      backoff: { type: 'fixed', delay: 1, jitter: undefined },
      retention: { completed: undefined, failed: { age: undefined, count: 1 } },
    };
    expect(toStoredOptions(queue, options)).toMatchObject({ attempts: 3, removeOnFail: { count: 1 } });
  });

  it.each([
    [null, 'null'],
    [5_000, 'of type number'],
    ['urgent', 'of type string'],
    [[], 'a list'],
  ])('that are %j, and no object, are refused', (options, shown) => {
    const refuse = () => Reflect.apply(toStoredOptions, undefined, [queue, options]);
    expect(refuse).toThrow(JobOptionsError);
    expect(refuse).toThrow(`Queue "jobs": the options of a job must be an object, not ${shown}`);
  });

  it.each(['a:b', '', '0', 'x'.repeat(513)])('refuse the id "%s"', (id) => {
    expect(() => toStoredOptions(queue, { id })).toThrow('"id"');
  });

  it('have no priority in a fair queue, which sets it itself', () => {
    expect(() => toStoredOptions(fair, { priority: 1 })).toThrow('the queue is `fair`');
  });
});
