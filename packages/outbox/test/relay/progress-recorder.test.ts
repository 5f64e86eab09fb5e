import { ManualClock } from '@holdfast/core/testing';
import type { LaneClaim, LaneProgress, SettledProgress } from '@holdfast/outbox';
import { expect, test } from 'vitest';
import { ProgressRecorder } from '../../src/relay/progress-recorder.ts';
import { cursor, entry } from './log-pages.ts';

interface Write extends LaneProgress {
  done(settled?: SettledProgress | null): Promise<void>;
  fail(error: Error): Promise<void>;
}

const claim: LaneClaim = { lane: 0, fencingToken: 1n, cursor: cursor(0), parkedKeys: [], history: 'h' };

function recorderOf(intervalMs = 50) {
  const clock = new ManualClock();
  const writes: Write[] = [];
  let fenced = 0;
  const recorder = new ProgressRecorder({
    claim,
    clock,
    intervalMs,
    onFenced: () => {
      fenced += 1;
    },
    lanes: {
      lanes: () => Promise.reject(new Error('not used')),
      claim: () => Promise.reject(new Error('not used')),
      read: () => Promise.reject(new Error('not used')),
      settle: (_claim, progress) => {
        const { promise, resolve, reject } = Promise.withResolvers<SettledProgress | null>();
        writes.push({
          ...progress,
          done: (settled = { floor: 0 }) => {
            resolve(settled);
            return clock.settle();
          },
          fail: (error) => {
            reject(error);
            return clock.settle();
          },
        });
        return promise;
      },
    },
  });
  return { recorder, clock, writes, fenced: () => fenced, positions: () => writes.map((one) => one.cursor.position) };
}

const parked = (position: number) => ({ entry: entry(position), role: 'rejected' as const, reason: 'no' });

test('one write at a time; the newest cursor wins; parked entries add up', async () => {
  const { recorder, writes, positions, clock } = recorderOf();
  recorder.move(cursor(1));
  recorder.park(parked(2));
  recorder.move(cursor(2));
  recorder.park(parked(3));
  recorder.move(cursor(3));
  expect(positions()).toEqual([1]);
  await writes[0]!.done();
  await clock.advance(50);
  expect(positions()).toEqual([1, 3]);
  expect(writes[1]!.parked.map((one) => one.entry.position)).toEqual([2, 3]);
  await writes[1]!.done();
  expect(recorder.hasUnsaved).toBe(false);
});

test('between two writes it pauses', async () => {
  const { recorder, writes, positions, clock } = recorderOf(50);
  recorder.move(cursor(1));
  await writes[0]!.done();
  recorder.move(cursor(2));
  await clock.advance(49);
  expect(positions()).toEqual([1]);
  await clock.advance(1);
  expect(positions()).toEqual([1, 2]);
});

test('flushing does not wait for the pause, and resolves when everything is written', async () => {
  const { recorder, writes, clock } = recorderOf(60_000);
  recorder.move(cursor(1));
  await writes[0]!.done();
  recorder.move(cursor(2));
  let flushed = false;
  const flush = recorder.flush().then(() => {
    flushed = true;
  });
  await clock.settle();
  expect(flushed).toBe(false);
  expect(writes).toHaveLength(2);
  await writes[1]!.done();
  await flush;
  expect(clock.sleeping).toBe(0);
});

test('F4.9: a write that failed keeps its cursor and its parked entries, and says so once', async () => {
  const { recorder, writes } = recorderOf();
  recorder.park(parked(1));
  recorder.move(cursor(1));
  await writes[0]!.fail(new Error('connection lost'));
  expect(recorder.hasUnsaved).toBe(true);
  expect(() => recorder.throwIfFailed()).toThrow('connection lost');
  recorder.throwIfFailed();
  recorder.park(parked(2));
  recorder.move(cursor(2));
  expect(writes[1]!.cursor.position).toBe(2);
  expect(writes[1]!.parked.map((one) => one.entry.position)).toEqual([1, 2]);
});

test('a write that failed is tried again although nothing new comes', async () => {
  const { recorder, writes, positions } = recorderOf();
  recorder.move(cursor(7));
  await writes[0]!.fail(new Error('connection lost'));
  expect(() => recorder.throwIfFailed()).toThrow('connection lost');
  recorder.resume();
  expect(positions()).toEqual([7, 7]);
});

test('flush rejects when the write fails, and writes the same again next time', async () => {
  const { recorder, writes, positions, clock } = recorderOf();
  recorder.move(cursor(1));
  const flush = expect(recorder.flush()).rejects.toThrow('connection lost');
  await writes[0]!.fail(new Error('connection lost'));
  await flush;
  const again = recorder.flush();
  await clock.settle();
  expect(positions()).toEqual([1, 1]);
  await writes[1]!.done();
  await again;
});

test('F4.7: when a newer token has the lane it tells once and writes no more', async () => {
  const { recorder, writes, fenced, positions } = recorderOf();
  recorder.move(cursor(1));
  recorder.move(cursor(2));
  await writes[0]!.done(null);
  expect(fenced()).toBe(1);
  recorder.move(cursor(3));
  expect(positions()).toEqual([1]);
});

test('F4.7: what comes after the claim was given up is not written, although its token is still the newest', async () => {
  const { recorder, writes, positions, clock } = recorderOf();
  recorder.move(cursor(1));
  recorder.move(cursor(2));
  recorder.close();
  await writes[0]!.done();
  recorder.park(parked(3));
  recorder.move(cursor(3));
  await recorder.flush();
  expect(positions()).toEqual([1]);
  expect(clock.sleeping).toBe(0);
});

test('the floor is the newest that the store has told', async () => {
  const { recorder, writes } = recorderOf();
  expect(recorder.floor).toBe(0);
  recorder.move(cursor(9));
  await writes[0]!.done({ floor: 5 });
  expect(recorder.floor).toBe(5);
});
