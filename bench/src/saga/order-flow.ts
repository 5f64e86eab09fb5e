import { defineEvent, type Envelope, MessageEncoder, UuidV7Ids } from '@holdfast/core';
import { orderMessage } from '../outbox/order-message.ts';

/** What a customer ordered: some fields, some items; 512 bytes as JSON. */
export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly totalCents: number;
  readonly items: readonly object[];
  readonly delivery: object;
}

/** What a participant answers: the name of what it did. */
export interface Answer {
  readonly orderId: string;
  readonly reference: string;
}

/** What a participant is asked for. */
export interface Request {
  readonly orderId: string;
  readonly [field: string]: unknown;
}

/** Any data passes: validation is not what is measured, and hand-written code does none. */
function unchecked<Data>() {
  const validate = (value: unknown) => ({ value: value as Data });
  const types = undefined as { readonly input: Data; readonly output: Data } | undefined;
  return { '~standard': { version: 1 as const, vendor: 'bench', validate, types } };
}

const order = { versions: { 1: unchecked<Order>() }, key: ({ orderId }: Order) => orderId };
const answer = { versions: { 1: unchecked<Answer>() }, key: ({ orderId }: Answer) => orderId };
const request = { versions: { 1: unchecked<Request>() }, key: ({ orderId }: Request) => orderId };

export const orderEvents = {
  placed: defineEvent('order.placed', order),
  paid: defineEvent('payment.succeeded', answer),
  reserved: defineEvent('inventory.reserved', answer),
  booked: defineEvent('delivery.booked', answer),
};

export const orderCommands = {
  requestPayment: defineEvent('payment.request', request),
  reserveStock: defineEvent('inventory.reserve', request),
  bookDelivery: defineEvent('delivery.book', request),
  complete: defineEvent('order.completed', request),
};

/** Four transitions: the order, and the answers of three participants. */
export const TRANSITIONS = 4;

const encoder = new MessageEncoder({ source: '/bench' });
const ids = new UuidV7Ids();
let made = 0;

export function newOrder(): Order {
  made += 1;
  return { ...(orderMessage(made).data as Order), orderId: `order-${ids.next()}` };
}

/** The events of one workflow in their order, of an order that was never there before: its participants answer at once. */
export function orderWorkflow(): readonly Envelope[] {
  const placed = newOrder();
  const { orderId } = placed;
  const correlationId = ids.next();
  const answered = (reference: string) => ({ orderId, reference: `${reference}-${made}` });
  const { placed: start, paid, reserved, booked } = orderEvents;
  return [
    start(placed, { id: correlationId }),
    paid(answered('payment'), { correlationId }),
    reserved(answered('reservation'), { correlationId }),
    booked(answered('delivery'), { correlationId }),
  ].map((message) => encoder.encode(message));
}

/** Made before they are needed, without a place in what is measured. */
export function orderWorkflows(count: number): (readonly Envelope[])[] {
  return Array.from({ length: count }, orderWorkflow);
}
