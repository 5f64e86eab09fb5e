import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import type { Order } from '../src/order/order.ts';
import { DataFolder } from '../src/run/data-folder.ts';
import { placeOrders, SPREAD_MS } from '../src/run/place-orders.ts';
import { temporaryFolder } from './temporary-folder.ts';

const input = (orderId: string, unitPrice = 1, lines = [1]) => ({
  orderId,
  customerId: 'c',
  items: lines.map(() => ({ productId: 'p', quantity: 999_999, unitPrice })),
  lines,
});

test('an order that the order service refuses is reported line by line, and the others are placed', async () => {
  const placed: Order[] = [];
  const rejected: number[] = [];
  const clock = new ManualClock();
  const placing = placeOrders({
    orders: [input('A'), input('B', 999_999_999_999, [4, 7]), input('C')],
    orderCount: 3,
    place: async (orders) => {
      placed.push(...orders);
    },
    onStep: () => {},
    maxStep: () => Number.POSITIVE_INFINITY,
    onRejected: ({ number }) => rejected.push(number),
    signal: new AbortController().signal,
    clock,
  });
  await clock.advance(SPREAD_MS);
  const result = await placing;
  expect(placed.map(({ orderId }) => orderId)).toEqual(['A', 'C']);
  expect(rejected).toEqual([4, 7]);
  expect(result).toEqual({ accepted: 2, refused: 1, refusedLines: 2 });
});

test('a folder with an earlier run is refused, and so is one that cannot be made', () => {
  using root = temporaryFolder();
  const path = join(root.path, 'data');
  DataFolder.forNewRun(path);
  expect(() => DataFolder.forNewRun(path)).toThrow(/already holds a run/);
  expect(() => DataFolder.forNewRun(join(root.path, 'a', 'b'))).toThrow(/parent folder does not exist/);
  writeFileSync(join(root.path, 'file'), '');
  expect(() => DataFolder.forNewRun(join(root.path, 'file'))).toThrow(/cannot be used/);
  mkdirSync(join(root.path, 'empty'));
  expect(DataFolder.forNewRun(join(root.path, 'empty')).isTemporary).toBe(false);
  expect(() => DataFolder.ofEarlierRun(path)).toThrow(/payment.sqlite3 is missing/);
});

test('few orders are spread over some seconds', async () => {
  const sizes: number[] = [];
  const clock = new ManualClock();
  const placing = placeOrders({
    orders: ['A', 'B'].map((id) => input(id)),
    orderCount: 2,
    onStep: () => {},
    place: async (orders) => {
      sizes.push(orders.length);
    },
    maxStep: () => Number.POSITIVE_INFINITY,
    onRejected: () => {},
    signal: new AbortController().signal,
    clock,
  });
  await clock.advance(SPREAD_MS / 2 - 10);
  expect(sizes).toEqual([1]);
  await clock.advance(20);
  await placing;
  expect(sizes).toEqual([1, 1]);
});
