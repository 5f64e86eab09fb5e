import type { OrderData, OrderStep } from './order-data.ts';

type Change = (data: OrderData, input: unknown) => OrderData;

export const orderOf = ({ orderId }: OrderData) => ({ orderId });
export const paymentOf = ({ orderId, amount }: OrderData) => ({ orderId, amount });
export const goodsOf = ({ orderId, sku, quantity }: OrderData) => ({ orderId, sku, quantity });
const refusalOf = ({ orderId, failure }: OrderData) => ({ orderId, reason: failure ?? 'cancelled' });

/** Says what is known of a step now. The first failure is what the order fails by. */
export function marked(step: OrderStep, status: OrderData[OrderStep]): Change {
  return (data) => ({
    ...data,
    [step]: status,
    failure: data.failure ?? (status === 'failed' || status === 'unknown' ? `${step} ${status}` : null),
  });
}

/** Undoes what was done last, or ends when there is nothing. */
export function undo(change: Change, when: (data: OrderData) => boolean = () => true) {
  const next = (step: OrderStep | null) => (data: OrderData, input: unknown) =>
    when(data) && doneLast(change(data, input)) === step;
  const first: Change = (data, input) => ({ ...change(data, input), attempts: 1 });
  const common = { data: first, cancel: ['retry'] } as const;
  return [
    {
      ...common,
      label: 'delivery was scheduled',
      when: next('delivery'),
      to: 'cancelling_delivery',
      send: { cancelDelivery: orderOf },
    },
    { ...common, label: 'stock was reserved', when: next('stock'), to: 'releasing', send: { releaseStock: goodsOf } },
    {
      ...common,
      label: 'customer was charged',
      when: next('payment'),
      to: 'refunding',
      send: { refundPayment: paymentOf },
    },
    {
      ...common,
      label: 'nothing to undo',
      when: next(null),
      to: 'cancelled',
      send: { orderCancelled: refusalOf },
    },
  ] as const;
}

function doneLast(data: OrderData): OrderStep | null {
  return (['delivery', 'stock', 'payment'] as const).find((step) => data[step] === 'done') ?? null;
}

/** The answer of a step that was given up: it is undone when its turn comes. */
function late(step: OrderStep, status: 'done' | 'failed') {
  return {
    label: `late answer of ${step}`,
    when: (data: OrderData) => data[step] === 'unknown',
    data: (data: OrderData): OrderData => ({ ...data, [step]: status }),
  };
}

export const lateAnswers = {
  paymentSucceeded: late('payment', 'done'),
  // Nobody will know it better: what may have been charged is refunded.
  paymentUnclear: late('payment', 'done'),
  paymentFailed: late('payment', 'failed'),
  stockReserved: late('stock', 'done'),
  stockFailed: late('stock', 'failed'),
  deliveryScheduled: late('delivery', 'done'),
  deliveryFailed: late('delivery', 'failed'),
} as const;

/** Nothing else is under way: a late success begins the compensation again. */
export const lateAnswersOfCancelled = {
  ...lateAnswers,
  paymentSucceeded: undo(marked('payment', 'done'), ({ payment }) => payment === 'unknown'),
  paymentUnclear: undo(marked('payment', 'done'), ({ payment }) => payment === 'unknown'),
  stockReserved: undo(marked('stock', 'done'), ({ stock }) => stock === 'unknown'),
  deliveryScheduled: undo(marked('delivery', 'done'), ({ delivery }) => delivery === 'unknown'),
} as const;

const UNDOING = {
  payment: { to: 'refunding', undone: 'paymentRefunded', failed: 'refundFailed', send: { refundPayment: paymentOf } },
  stock: { to: 'releasing', undone: 'stockReleased', failed: 'releaseFailed', send: { releaseStock: goodsOf } },
  delivery: {
    to: 'cancelling_delivery',
    undone: 'deliveryCancelled',
    failed: 'cancellationFailed',
    send: { cancelDelivery: orderOf },
  },
} as const;

export interface UndoingOptions {
  readonly answerMs: number;
  readonly retryMs: number;
  readonly attempts: number;
}

/** A state in which a step is undone: sent again after failures and when there is no answer, then given to a person. */
export function undoing<Step extends OrderStep>(step: Step, { answerMs, retryMs, attempts }: UndoingOptions) {
  const { to, undone, failed, send } = UNDOING[step];
  const hasMore = (data: OrderData) => data.attempts < attempts;
  const giveUp = {
    label: 'attempts used up',
    to: 'compensation_failed',
    cancel: ['retry'],
    send: { orderStuck: ({ orderId }: OrderData) => ({ orderId, reason: `${step} could not be undone` }) },
  } as const;
  const again = {
    label: 'once more',
    when: hasMore,
    to,
    data: (data: OrderData): OrderData => ({ ...data, attempts: data.attempts + 1 }),
    cancel: ['retry'],
    send,
  } as const;
  return {
    events: {
      ...lateAnswers,
      [undone]: undo(marked(step, 'undone')),
      [failed]: [{ label: 'later', when: hasMore, schedule: { retry: retryMs } }, giveUp],
    },
    timers: { answer: { afterMs: answerMs, take: [again, giveUp] }, retry: [again, giveUp] },
  } as const;
}
