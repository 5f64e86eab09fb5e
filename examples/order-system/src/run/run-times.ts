import type { OrderSagaTimes } from '../order/order-saga.ts';
import type { TransportName } from '../transport/transport-name.ts';

/**
 * A run is not to take an hour: an answer of the delivery service that is late is so after some seconds. Payment and stock have the time that
 * the faults of a run take on a slow machine.
 */
const TIMES: OrderSagaTimes = {
  paymentMs: 60_000,
  stockMs: 60_000,
  deliveryMs: 4_000,
  undoMs: 20_000,
  undoAgainMs: 200,
};

export const RUN_TIMES: Readonly<Record<TransportName, OrderSagaTimes>> = {
  memory: TIMES,
  sql: TIMES,
  amqp: TIMES,
  // Its messages take longer.
  sqs: { ...TIMES, deliveryMs: 8_000 },
};
