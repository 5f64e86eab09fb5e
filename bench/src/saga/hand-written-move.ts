import type { Envelope } from '@holdfast/core';
import type { Answer, Order } from './order-flow.ts';

/** What hand-written code keeps of an order. */
export interface OrderRow {
  readonly state: string;
  readonly data: OrderData;
  readonly version: number;
}

type OrderData = Order & Readonly<Record<string, unknown>>;

/** One transition, ready to be written. */
export interface HandWrittenMove {
  readonly orderId: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly from: string | null;
  readonly to: string;
  readonly data: string;
  /** The version afterwards. */
  readonly version: number;
  /** What changed, for the history. */
  readonly changes: string;
  readonly command: { readonly id: string; readonly type: string; readonly headers: string; readonly body: string };
  /** Whether a timer runs afterwards. */
  readonly waits: boolean;
}

export const START = 'order.placed';

/** The order that a message is about: its key. */
export function orderIdOf({ key }: Envelope): string {
  if (key === null) throw new TypeError('a message without a key');
  return key;
}

/** The decision, as a careful team writes it: a switch. */
export function moveOf(message: Envelope, row: OrderRow | undefined): HandWrittenMove {
  const { body, type } = message;
  const event: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  if (type === START) return placed(message, event as Order);
  if (row === undefined) throw new Error(`There is no order for "${type}".`);
  return answered(message, event as Answer, row);
}

function placed(message: Envelope, event: Order): HandWrittenMove {
  const { orderId, customerId, totalCents, items, delivery } = event;
  const data = { orderId, customerId, totalCents, items, delivery };
  return {
    ...eventOf(message),
    from: null,
    to: 'paying',
    data: JSON.stringify(data),
    version: 1,
    changes: JSON.stringify([{ path: '', after: data }]),
    command: command(message, 'payment.request', { orderId, customerId, totalCents }),
    waits: true,
  };
}

function answered(message: Envelope, { reference }: Answer, row: OrderRow): HandWrittenMove {
  const { state, data: before, version } = row;
  const { orderId, items, delivery } = before;
  const next = (to: string, field: string, asked: ReturnType<typeof command>): HandWrittenMove => ({
    ...eventOf(message),
    from: state,
    to,
    data: JSON.stringify({ ...before, [field]: reference }),
    version: version + 1,
    changes: JSON.stringify([{ path: field, after: reference }]),
    command: asked,
    waits: to !== 'completed',
  });
  switch (`${state} ${message.type}`) {
    case 'paying payment.succeeded':
      return next('reserving', 'paymentId', command(message, 'inventory.reserve', { orderId, items }));
    case 'reserving inventory.reserved':
      return next('booking', 'reservationId', command(message, 'delivery.book', { orderId, delivery }));
    case 'booking delivery.booked':
      return next('completed', 'deliveryId', command(message, 'order.completed', { orderId, deliveryId: reference }));
    default:
      throw new Error(`"${message.type}" is not expected in state "${state}".`);
  }
}

function eventOf(message: Envelope) {
  return { orderId: orderIdOf(message), eventId: message.id, eventType: message.type };
}

function command({ id, attributes }: Envelope, type: string, data: object): HandWrittenMove['command'] {
  const headers = {
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    correlationid: attributes['correlationid'] ?? id,
    causationid: id,
  };
  return { id: crypto.randomUUID(), type, headers: JSON.stringify(headers), body: JSON.stringify(data) };
}
