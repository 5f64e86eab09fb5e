import { setImmediate } from 'node:timers/promises';
import { type Clock, SystemClock } from '@holdfast/core';
import { acceptedOrder, type Order } from '../order/order.ts';
import { OrderRefusedError } from '../order/order-refused-error.ts';
import type { InputOrder } from '../orders-input/input-order.ts';
import type { BadLine } from '../orders-input/order-line.ts';

export interface PlaceOrdersOptions {
  readonly orders: Iterable<InputOrder>;
  /** How many there are. */
  readonly orderCount: number;
  /** Resolves when they are stored. */
  readonly place: (orders: readonly Order[]) => Promise<void>;
  /** Told how many orders have been dealt with, before each step and at the end. */
  readonly onStep: (offered: number) => void;
  /** How many orders the next step may have. */
  readonly maxStep: () => number;
  readonly onRejected: (line: BadLine) => void;
  readonly signal: AbortSignal;
  /** @default the system's clock */
  readonly clock?: Clock;
}

export interface PlacedOrders {
  readonly accepted: number;
  readonly refused: number;
  /** Lines of refused orders. */
  readonly refusedLines: number;
}

/** Few orders are spread over this time, so that there is something to see and to disturb. Many take what they take. */
export const SPREAD_MS = 4_000;

const LOOK_EVERY_MS = 5;

/** Most orders of one transaction. */
const STEP = 100;

/** Places orders as they come in, a few per transaction. Ends early when aborted. */
export async function placeOrders(options: PlaceOrdersOptions): Promise<PlacedOrders> {
  const { orderCount, signal, maxStep, onStep, place, clock = new SystemClock() } = options;
  const orders = options.orders[Symbol.iterator]();
  const started = clock.monotonic();
  const refused: InputOrder[] = [];
  let offered = 0;
  try {
    while (offered < orderCount && !signal.aborted) {
      onStep(offered);
      const due = Math.min(orderCount, 1 + Math.floor((orderCount * (clock.monotonic() - started)) / SPREAD_MS));
      const step = take(orders, Math.min(due - offered, maxStep(), STEP));
      const accepted = step.flatMap((order) => judged(order, options, refused));
      if (accepted.length > 0) await place(accepted);
      offered += step.length;
      // Relay and consumers get their turn.
      await (step.length === 0 ? clock.sleep(LOOK_EVERY_MS, signal) : setImmediate());
    }
    onStep(offered);
  } finally {
    orders.return?.();
  }
  const refusedLines = refused.reduce((sum, { items }) => sum + items.length, 0);
  return { accepted: offered - refused.length, refused: refused.length, refusedLines };
}

function take(orders: Iterator<InputOrder>, count: number): readonly InputOrder[] {
  const taken: InputOrder[] = [];
  while (taken.length < count) {
    const next = orders.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** The order, or nothing and a word to the user. */
function judged(order: InputOrder, { onRejected }: PlaceOrdersOptions, refused: InputOrder[]): readonly Order[] {
  try {
    return [acceptedOrder(order)];
  } catch (error) {
    if (!(error instanceof OrderRefusedError)) throw error;
    refused.push(order);
    for (const number of order.lines) onRejected({ number, reason: error.message, orderId: order.orderId });
    return [];
  }
}
