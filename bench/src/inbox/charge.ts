import type { Envelope, Message } from '@holdfast/core';
import { UuidV7Ids } from '@holdfast/core';
import { orderEnvelopes } from '../outbox/order-message.ts';

/** What a payment service keeps of an order: the effect of a message. */
export interface Charge {
  readonly orderId: string;
  readonly customer: string;
  readonly cents: number;
}

interface OrderData {
  readonly orderId: string;
  readonly customerId: string;
  readonly totalCents: number;
}

/** What hand-written code does with a body. */
export function chargeOfBody({ body }: Envelope): Charge {
  return chargeOfData(JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()));
}

export function chargeOfMessage({ data }: Message): Charge {
  return chargeOfData(data);
}

/** The data of a message of these benchmarks. */
export function chargeOfData(data: unknown): Charge {
  const { orderId, customerId, totalCents } = data as OrderData;
  return { orderId, customer: customerId, cents: totalCents };
}

/** On PostgreSQL. */
export const chargeTable =
  'create table charge (id bigint generated always as identity primary key, order_id text not null, ' +
  'customer text not null, cents bigint not null, charged_at timestamptz not null default now())';

export function insertCharge({ orderId, customer, cents }: Charge) {
  return {
    name: 'charge',
    text: 'insert into charge (order_id, customer, cents) values ($1, $2, $3)',
    values: [orderId, customer, cents],
  };
}

/** The best form for many. */
export function insertCharges(charges: readonly Charge[]) {
  return {
    name: 'charges',
    text:
      'insert into charge (order_id, customer, cents) ' + 'select * from unnest($1::text[], $2::text[], $3::bigint[])',
    values: [
      charges.map(({ orderId }) => orderId),
      charges.map(({ customer }) => customer),
      charges.map(({ cents }) => cents),
    ],
  };
}

const BODIES = 1_000;
const templates = orderEnvelopes(BODIES, () => undefined);
const ids = new UuidV7Ids();

/** Messages that were never there before, made without the work of encoding them. */
export function freshEnvelopes(count: number): readonly Envelope[] {
  return Array.from({ length: count }, (_, number) => {
    const template = templates[number % BODIES];
    if (template === undefined) throw new TypeError('there is no message to copy');
    return { ...template, id: ids.next() };
  });
}
