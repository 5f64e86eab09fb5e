import type { Message } from '@holdfast/core';
import type { SqlRow, TransactionRunner } from '@holdfast/sql';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { ServiceDatabase } from '../sqlite/service-database.ts';
import type { Payment } from './payment.ts';
import { PaymentOvertakenError } from './payment-overtaken-error.ts';

const FIND = `
  select payment_id as paymentId, order_id as orderId, state, amount, charge_id as chargeId, failure_reason as failureReason,
    refund_id as refundId, provider_refund_id as providerRefundId, refunded_amount as refundedAmount,
    refused_refunds as refusedRefunds, version
  from payment where order_id = ?1`;

/** One line per order, and what was done about each message. */
export class PaymentBook {
  readonly #transactions: TransactionRunner<SqliteHandle>;
  readonly #insert;
  readonly #update;
  readonly #note;

  constructor({ handle, transactions }: ServiceDatabase) {
    this.#transactions = transactions;
    this.#insert = handle.prepare(
      `insert into payment (payment_id, order_id, state, amount, charge_id, failure_reason, refund_id, provider_refund_id,
         refunded_amount, refused_refunds, processed_at, refunded_at)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (order_id) do nothing`,
    );
    this.#update = handle.prepare(
      `update payment set state = ?, amount = ?, charge_id = ?, failure_reason = ?, refund_id = ?, provider_refund_id = ?,
         refunded_amount = ?, refused_refunds = ?, refunded_at = coalesce(refunded_at, ?), version = version + 1
       where order_id = ? and version = ?`,
    );
    this.#note = handle.prepare(
      'insert into payment_transaction (message_id, order_id, kind, answer, amount) values (?, ?, ?, ?, ?)',
    );
  }

  /** As it is committed. To be called outside of a transaction. */
  async find(orderId: string): Promise<Payment | null> {
    const { rows } = await this.#transactions.execute({ text: FIND, values: [orderId] });
    const [row] = rows;
    return row === undefined ? null : paymentOf(row);
  }

  /**
   * Stores what has become of it, in the transaction that records the message.
   * @throws PaymentOvertakenError somebody else has changed it since it was found
   */
  store(payment: Payment): void {
    const { orderId, paymentId, version } = payment;
    const now = new Date().toISOString();
    const refundedAt = payment.state === 'refunded' ? now : null;
    const { changes } =
      version === 0
        ? this.#insert.run(paymentId, orderId, ...columnsOf(payment), now, refundedAt)
        : this.#update.run(...columnsOf(payment), refundedAt, orderId, version);
    if (changes === 0) throw new PaymentOvertakenError(orderId);
  }

  /** Makes sure that it is still as it was found, in the transaction that records the message. @throws PaymentOvertakenError */
  assertCurrent({ orderId, version }: Payment, tx: SqliteHandle): void {
    const current = tx.prepare<[string], number>('select version from payment where order_id = ?').pluck().get(orderId);
    if (current !== version) throw new PaymentOvertakenError(orderId);
  }

  /** Writes down what was done about a message. */
  note(
    { id }: Message,
    done: {
      readonly orderId: string;
      readonly kind: 'charge' | 'refund';
      readonly answer: string;
      readonly amount: number;
    },
  ): void {
    this.#note.run(id, done.orderId, done.kind, done.answer, done.amount);
  }
}

function columnsOf(payment: Payment) {
  const { state, amount, chargeId, failureReason, refundId, providerRefundId, refundedAmount, refusedRefunds } =
    payment;
  return [state, amount, chargeId, failureReason, refundId, providerRefundId, refundedAmount, refusedRefunds] as const;
}

function paymentOf(row: SqlRow): Payment {
  return {
    paymentId: String(row['paymentId']),
    orderId: String(row['orderId']),
    state: row['state'] as Payment['state'],
    amount: Number(row['amount']),
    chargeId: textOf(row['chargeId']),
    failureReason: textOf(row['failureReason']),
    refundId: textOf(row['refundId']),
    providerRefundId: textOf(row['providerRefundId']),
    refundedAmount: Number(row['refundedAmount']),
    refusedRefunds: Number(row['refusedRefunds']),
    version: Number(row['version']),
  };
}

function textOf(value: unknown): string | null {
  return value === null ? null : String(value);
}
