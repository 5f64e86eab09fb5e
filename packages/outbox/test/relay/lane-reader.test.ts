import { ManualClock } from '@holdfast/core/testing';
import type { LaneClaim, LogCursor, LogPage } from '@holdfast/outbox';
import { expect, test } from 'vitest';
import { LaneReader, type LaneReaderOptions } from '../../src/relay/lane-reader.ts';
import { cursor, entry, page } from './log-pages.ts';

interface Read {
  readonly cursor: LogCursor;
  readonly limit: number;
  answer(page: LogPage): Promise<void>;
  fail(error: Error): Promise<void>;
}

const claim: LaneClaim = { lane: 3, fencingToken: 1n, cursor: cursor(5), parkedKeys: [], history: 'h' };

function readerOf(options: Partial<LaneReaderOptions> = {}) {
  const clock = new ManualClock();
  const reads: Read[] = [];
  const pages: (LogPage | null)[] = [];
  const reader = new LaneReader({
    claim,
    pageSize: 1_000,
    pageBytes: 1_000_000,
    floor: () => 0,
    onPage: (one) => pages.push(one),
    lanes: {
      lanes: () => Promise.reject(new Error('not used')),
      claim: () => Promise.reject(new Error('not used')),
      settle: () => Promise.reject(new Error('not used')),
      read: (_claim, from, limit) => {
        const { promise, resolve, reject } = Promise.withResolvers<LogPage>();
        const then = (act: () => void) => {
          act();
          return clock.settle();
        };
        reads.push({
          cursor: from,
          limit,
          answer: (one) => then(() => resolve(one)),
          fail: (error) => then(() => reject(error)),
        });
        return promise;
      },
    },
    ...options,
  });
  return { reader, reads, pages };
}

const pageOf = (count: number, bytes: number, more = true): LogPage => ({
  ...page(Array.from({ length: count }, (_, index) => entry(index + 6, { bytes }))),
  more,
});

test('one read at a time, each from the end of the one before', async () => {
  const { reader, reads, pages } = readerOf();
  reader.begin();
  reader.begin();
  expect(reads.map((one) => one.cursor.position)).toEqual([5]);
  const first = pageOf(10, 2);
  await reads[0]!.answer(first);
  reader.begin();
  expect(reads[1]!.cursor).toEqual(first.end);
  expect(pages).toEqual([first]);
  expect(reader.entriesRead).toBe(10);
});

test('after the end of the log nothing is read until it is looked at again', async () => {
  const { reader, reads } = readerOf();
  reader.begin();
  await reads[0]!.answer(pageOf(1, 2, false));
  reader.begin();
  expect(reads).toHaveLength(1);
  expect(reader.exhausted).toBe(true);
  reader.rearm();
  reader.begin();
  expect(reads).toHaveLength(2);
});

test('the first read is small, later ones take as many as their bytes allow', async () => {
  const { reader, reads } = readerOf({ pageBytes: 1_000_000 });
  reader.begin();
  await reads[0]!.answer(pageOf(100, 4_000));
  reader.begin();
  await reads[1]!.answer(pageOf(100, 200));
  reader.begin();
  await reads[2]!.answer(pageOf(100, 2_000_000));
  reader.begin();
  await reads[3]!.answer(pageOf(0, 0));
  reader.begin();
  expect(reads.map((one) => one.limit)).toEqual([100, 250, 1_000, 1, 1]);
});

test('every read gets the newest floor', async () => {
  let floor = 1;
  const { reader, reads } = readerOf({ floor: () => floor });
  reader.begin();
  await reads[0]!.answer(pageOf(1, 2));
  floor = 4;
  reader.begin();
  expect(reads.map((one) => one.cursor.floor)).toEqual([1, 4]);
});

test('a read that failed is told once, and the same is read again', async () => {
  const { reader, reads, pages } = readerOf();
  reader.begin();
  await reads[0]!.fail(new Error('connection lost'));
  expect(pages).toEqual([null]);
  reader.begin();
  expect(reads).toHaveLength(1);
  expect(() => reader.throwIfFailed()).toThrow('connection lost');
  reader.throwIfFailed();
  reader.begin();
  expect(reads[1]!.cursor.position).toBe(5);
});

test('a store that throws instead of rejecting fails the read all the same, and another one can begin', async () => {
  let isBroken = true;
  const { reader, pages } = readerOf({
    lanes: {
      lanes: () => Promise.reject(new Error('not used')),
      claim: () => Promise.reject(new Error('not used')),
      settle: () => Promise.reject(new Error('not used')),
      read: () => {
        if (isBroken) throw new Error('broken');
        return Promise.resolve(page([]));
      },
    },
  });
  reader.begin();
  await reader.settled();
  expect(() => reader.throwIfFailed()).toThrow('broken');
  isBroken = false;
  reader.begin();
  await reader.settled();
  expect({ reading: reader.reading, pages: pages.length }).toEqual({ reading: false, pages: 2 });
});
