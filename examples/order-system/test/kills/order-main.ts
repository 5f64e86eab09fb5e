import { summarizeError } from '@holdfast/core';
import { openCheckout } from '../../src/order/checkout.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import type { OrderSagaTimes } from '../../src/order/order-saga.ts';
import { OrderSagas } from '../../src/order/order-sagas.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { ChildChannel } from '../../src/processes/child-channel.ts';
import { receivedEnvelope } from '../../src/processes/received-envelope.ts';
import { Operator } from '../../src/run/operator.ts';
import type { FromOrders, ToOrders } from './order-process-messages.ts';

// The order service in a process of its own, to be killed: `node order-main.ts DATABASE TIMES`.
const [, , file, times] = process.argv;
if (file === undefined || times === undefined) throw new Error('order-main.ts is started by its test.');

const database = await createOrderDatabase(file);
// Its process is killed, its machine is not.
database.handle.pragma('synchronous = normal');
const sagas = new OrderSagas(database, { times: JSON.parse(times) as OrderSagaTimes, maxUnfinished: 100 });
const service = new OrderService(database, { sagas, checkout: openCheckout });
const operator = new Operator({ operations: sagas.operations, removeCause: () => {}, onEvent: () => {} });
const isKnown = database.handle.prepare('select 1 from purchase_order where order_id = ?').pluck();
const running = new Set<Promise<void>>();
sagas.start();

const channel = new ChildChannel<ToOrders, FromOrders>({
  onMessage: (message) => {
    const answered = answer(message).finally(() => running.delete(answered));
    running.add(answered);
  },
  onStop: () => void stop(),
});
channel.send({ kind: 'ready' });

async function answer(message: ToOrders): Promise<void> {
  const { call } = message;
  try {
    channel.send({ kind: 'done', call, ...(await done(message)) });
  } catch (error) {
    channel.send({ kind: 'failed', call, error: summarizeError(error) });
  }
}

async function done(message: ToOrders): Promise<{ readonly count: number; readonly duplicates: number }> {
  if (message.kind === 'handle') return handled(message);
  if (message.kind === 'attend') return { count: await operator.attend(), duplicates: 0 };
  if (message.kind === 'close-books') {
    const { lines, orders } = message;
    await service.recordIntake({ lines, rejectedLines: 0, orders, refusedOrders: 0, transport: 'memory' });
    return { count: orders, duplicates: 0 };
  }
  // They may have been placed by a process that could not say so any more.
  const orders = message.orders.filter(({ orderId }) => isKnown.get(orderId) === undefined);
  await service.place(orders);
  return { count: orders.length, duplicates: message.orders.length - orders.length };
}

async function handled({ batch }: Extract<ToOrders, { kind: 'handle' }>) {
  const messages = batch.map(({ envelope, attempt }) => ({ envelope: receivedEnvelope(envelope), attempt }));
  const outcomes = await sagas.inbox.handleBatch(messages, sagas.work);
  for (const outcome of outcomes) if (outcome.outcome === 'failed') throw outcome.error;
  return { count: outcomes.length, duplicates: outcomes.filter(({ outcome }) => outcome === 'duplicate').length };
}

async function stop(): Promise<void> {
  await Promise.all(running);
  await sagas.stop();
  database.close();
  channel.close();
}
