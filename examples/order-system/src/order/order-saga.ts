import { type StepFailure, sagaSteps, type TransitionContext } from '@holdfast/saga';
import { deliveryCancelRequested } from '../contracts/delivery-cancel-requested.ts';
import { deliveryCancelled } from '../contracts/delivery-cancelled.ts';
import { deliveryFailed } from '../contracts/delivery-failed.ts';
import { deliveryScheduled } from '../contracts/delivery-scheduled.ts';
import { inventoryFailed } from '../contracts/inventory-failed.ts';
import { inventoryReleaseRequested } from '../contracts/inventory-release-requested.ts';
import { inventoryReleased } from '../contracts/inventory-released.ts';
import { inventoryReserved } from '../contracts/inventory-reserved.ts';
import { orderCancelled } from '../contracts/order-cancelled.ts';
import { orderCompleted } from '../contracts/order-completed.ts';
import { orderCreated } from '../contracts/order-created.ts';
import { orderDeliveryRequested } from '../contracts/order-delivery-requested.ts';
import { orderInventoryRequested } from '../contracts/order-inventory-requested.ts';
import { orderPaymentRequested } from '../contracts/order-payment-requested.ts';
import { paymentFailed } from '../contracts/payment-failed.ts';
import { paymentRefundFailed } from '../contracts/payment-refund-failed.ts';
import { paymentRefundRequested } from '../contracts/payment-refund-requested.ts';
import { paymentRefunded } from '../contracts/payment-refunded.ts';
import { paymentSucceeded } from '../contracts/payment-succeeded.ts';

/** How long the order service waits, in milliseconds. */
export interface OrderSagaTimes {
  readonly paymentMs: number;
  readonly stockMs: number;
  readonly deliveryMs: number;
  /** For an answer to a request to undo something, before it is asked for again. */
  readonly undoMs: number;
  /** After a refusal to undo something, before it is asked for again. */
  readonly undoAgainMs: number;
}

/** A participant may be down for an hour before its orders are given up. */
export const ORDER_SAGA_TIMES: OrderSagaTimes = {
  paymentMs: 3_600_000,
  stockMs: 3_600_000,
  deliveryMs: 3_600_000,
  undoMs: 600_000,
  undoAgainMs: 60_000,
};

/** How often something is asked to be undone before a person has to look. */
const UNDO_ATTEMPTS = 3;

const DAY_MS = 86_400_000;

/** What comes in: what begins it, and the answers. */
const events = {
  orderCreated,
  paymentSucceeded,
  paymentFailed,
  paymentRefunded,
  paymentRefundFailed,
  inventoryReserved,
  inventoryFailed,
  inventoryReleased,
  deliveryScheduled,
  deliveryFailed,
  deliveryCancelled,
};

/** What goes out. */
const commands = {
  orderPaymentRequested,
  paymentRefundRequested,
  orderInventoryRequested,
  inventoryReleaseRequested,
  orderDeliveryRequested,
  deliveryCancelRequested,
  orderCompleted,
  orderCancelled,
};

/**
 * An order is paid, set aside and delivered. What was done is undone in reverse when a later step fails or does not answer in time; an answer
 * that comes too late is undone, too. What cannot be undone waits for a person, and so does an order that nobody could judge at checkout.
 */
export function orderSaga(times: OrderSagaTimes = ORDER_SAGA_TIMES) {
  const undoing = { attempts: UNDO_ATTEMPTS, timeoutMs: times.undoMs, delayMs: times.undoAgainMs, factor: 1 };
  return sagaSteps({
    name: 'order',
    events,
    commands,
    start: { event: 'orderCreated', input: inputOf, hold: ({ data }) => data.requiresManualReview },
    unmatched: 'fail',
    retentionMs: 30 * DAY_MS,
  })
    .step('payment', {
      command: { name: 'orderPaymentRequested', data: toPay },
      success: { event: 'paymentSucceeded', keep: ({ data: { paymentId } }) => ({ paymentId }) },
      failure: 'paymentFailed',
      reason: ({ data }) => data.failureReason,
      timeout: { afterMs: times.paymentMs, unanswered: 'compensate' },
      compensation: {
        command: { name: 'paymentRefundRequested', data: toUndo },
        success: 'paymentRefunded',
        failure: 'paymentRefundFailed',
        ...undoing,
      },
    })
    .step('stock', {
      command: { name: 'orderInventoryRequested', data: toSetAside },
      success: { event: 'inventoryReserved', keep: ({ data: { reservationId } }) => ({ reservationId }) },
      failure: 'inventoryFailed',
      reason: ({ data }) => data.failureReason,
      timeout: { afterMs: times.stockMs, unanswered: 'compensate' },
      compensation: {
        command: { name: 'inventoryReleaseRequested', data: toUndo },
        success: 'inventoryReleased',
        ...undoing,
      },
    })
    .step('delivery', {
      command: { name: 'orderDeliveryRequested', data: toDeliver },
      success: { event: 'deliveryScheduled', keep: ({ data: { deliveryId } }) => ({ deliveryId }) },
      failure: 'deliveryFailed',
      reason: ({ data }) => data.failureReason,
      timeout: { afterMs: times.deliveryMs, unanswered: 'compensate' },
      compensation: {
        command: { name: 'deliveryCancelRequested', data: toUndo },
        success: 'deliveryCancelled',
        ...undoing,
      },
    })
    .build({
      completed: { send: { orderCompleted: completed } },
      compensated: { send: { orderCancelled: cancelled } },
    });
}

interface OrderView {
  readonly input: ReturnType<typeof inputOf>;
}

interface FailedOrderView extends OrderView {
  readonly failure: StepFailure | null;
}

function inputOf({ data }: ReturnType<typeof orderCreated.decode>) {
  const { orderId, customerId, totalAmount, items } = data;
  return { orderId, customerId, totalAmount, items: items.map(({ productId, quantity }) => ({ productId, quantity })) };
}

function toPay({ input: { orderId, customerId, totalAmount } }: OrderView, context: TransitionContext) {
  return { orderId, customerId, amount: totalAmount, requestedAt: now(context) };
}

function toSetAside({ input: { orderId, items } }: OrderView, context: TransitionContext) {
  return { orderId, items, requestedAt: now(context) };
}

function toDeliver({ input: { orderId, customerId, items } }: OrderView, context: TransitionContext) {
  return { orderId, customerId, items, requestedAt: now(context) };
}

/** Those who undo something know what there is to undo. */
function toUndo({ input: { orderId }, failure }: FailedOrderView, context: TransitionContext) {
  return { orderId, reason: reasonOf(failure), requestedAt: now(context) };
}

function completed({ input: { orderId } }: OrderView, context: TransitionContext) {
  return { orderId, completedAt: now(context) };
}

function cancelled({ input: { orderId }, failure }: FailedOrderView, context: TransitionContext) {
  return { orderId, cancellationReason: reasonOf(failure), cancelledAt: now(context) };
}

function reasonOf(failure: StepFailure | null): string {
  if (failure === null) return 'the order was called off';
  const { step, cause, reason } = failure;
  return reason ?? (cause === 'timeout' ? `no answer about ${step}` : `${step}: ${cause}`);
}

function now(context: TransitionContext): string {
  return new Date(context.now).toISOString();
}
