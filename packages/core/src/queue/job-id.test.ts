import { expect, it } from 'vitest';
import { createJobIds } from './job-id.js';

it('makes ids that count up', () => {
  const newId = createJobIds(() => 'dLQ4-');
  expect([newId(), newId()]).toEqual(['dLQ4--0', 'dLQ4--1']);
});

it('makes ids that no command line takes for a flag', () => {
  const newId = createJobIds(() => '-DeQQvmGhCmw');
  expect([newId(), newId()]).toEqual(['_DeQQvmGhCmw-0', '_DeQQvmGhCmw-1']);
});
