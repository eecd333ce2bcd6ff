/** The ledger finds what is planted in it: a soak that sees nothing would prove nothing. */
import { expect, it } from 'vitest';
import type { Entry } from './entries.js';
import { judge } from './ledger.js';

/** Lines of one worker, 10 ms apart. */
function lines(...contents: readonly object[]): Entry[] {
  return contents.map((content, index) => ({ at: index * 10, process: 'worker1', ...content }) as Entry);
}

const acknowledged = (ref: string) => ({ kind: 'acknowledged', ref, id: ref });
const effect = (ref: string, name = 'charge') => ({ kind: 'effect', ref, effect: name });
const kept = (ref: string, name = 'charge') => ({ kind: 'kept', ref, effect: name });
const done = (ref: string) => ({ kind: 'done', ref });
const tick = (slot: number) => effect(`tick-0@${slot * 1_000}`, 'tick');
const refs = (repeats: readonly { readonly ref: string }[]) => repeats.map(({ ref }) => ref);

it('finds nothing where each acknowledged job is done once', () => {
  const findings = judge(
    lines(acknowledged('a'), effect('a'), kept('a'), effect('a', 'mail'), kept('a', 'mail'), done('a')),
  );
  expect(findings).toMatchObject({
    acknowledged: 1,
    missing: [],
    twice: [],
    unanswered: [],
    killedBetween: [],
    bare: [],
  });
});

it('misses a job that was acknowledged and never done', () => {
  const findings = judge(lines(acknowledged('a'), done('a'), acknowledged('b'), effect('b')));
  expect(findings.missing.map(([line]) => line)).toMatchObject([{ ref: 'b' }]);
});

it('finds an effect that is carried out again although its step had answered', () => {
  expect(refs(judge(lines(effect('a'), kept('a'), effect('a'))).twice)).toEqual(['a']);
});

it('finds an older attempt that goes on behind the answer of a newer one', () => {
  const { twice, unanswered } = judge(lines(effect('a'), effect('a'), kept('a'), effect('a')));
  expect(refs(unanswered)).toEqual(['a']);
  expect(refs(twice)).toEqual(['a']);
});

it('tells an effect that was cut off by the death of its process from one whose process lived', () => {
  const killed = { kind: 'killed', victim: 'worker1', process: 'crew' };
  const by = (process: string, line: object) => ({ ...line, process });
  const cutOff = judge(lines(effect('a'), killed, by('worker2', effect('a')), by('worker2', kept('a'))));
  expect([refs(cutOff.killedBetween), refs(cutOff.unanswered), refs(cutOff.twice)]).toEqual([['a'], [], []]);
  const alive = judge(lines(effect('a'), by('worker2', effect('a')), killed, by('worker2', kept('a'))));
  expect([refs(alive.killedBetween), refs(alive.unanswered), refs(alive.twice)]).toEqual([[], ['a'], []]);
});

it('says whether the ledger knows a repeated job from the time of a fault', () => {
  const fault = [{ kind: 'fault', isOver: false }, effect('a'), kept('a'), { kind: 'fault', isOver: true }];
  const { twice } = judge(lines(...fault, effect('a'), effect('b'), kept('b'), effect('b')));
  expect(twice.map(({ ref, isDuringFault }) => [ref, isDuringFault])).toEqual([
    ['a', true],
    ['b', false],
  ]);
});

it('counts the slots of a schedule that were missed, and the longest row of them', () => {
  const findings = judge(lines(tick(10), tick(11), tick(13), tick(17)));
  expect(findings).toMatchObject({ slots: 4, missedSlots: 4, longestHole: 3, twice: [], unanswered: [] });
});

it('finds a slot that ran twice', () => {
  const slot = 'tick-0@10000';
  expect(refs(judge(lines(tick(10), kept(slot, 'tick'), tick(10))).twice)).toEqual([slot]);
});

it('measures the longest time without a job that was done, over all processes', () => {
  const at = (time: number, process: string) => ({ ...done(`${time}`), at: time, process });
  expect(judge(lines(at(0, 'worker1'), at(500, 'worker1'), at(100, 'worker2'))).longestGap).toBe(400);
});

it('counts what callers saw by its code, and keeps what is not ours', () => {
  const refused = (code: string, isOurs: boolean) => ({ kind: 'refused', call: 'add', code, isOurs, message: '' });
  const { refused: counts, bare } = judge(
    lines(refused('ENGINE_UNAVAILABLE', true), refused('ReplyError', false), refused('ENGINE_UNAVAILABLE', true)),
  );
  expect([...counts]).toEqual([
    ['ENGINE_UNAVAILABLE', 2],
    ['ReplyError', 1],
  ]);
  expect(bare.map(({ code }) => code)).toEqual(['ReplyError']);
});
