import type { Message, OutgoingMessage } from '@holdfast/core';
import type { WorkContext } from '@holdfast/inbox-dedup';
import type { SqlExecutor, SqlResult, TransactionRunner } from '@holdfast/sql';
import * as events from './events.ts';

/**
 * What a participant does with a command: `succeed`, `fail` (nothing happens), `fall silent` (it happens, and the answer comes late, by
 * {@link Participants.answerLate}), `be unclear` (it happens, and it says that it does not know), `answer twice` (under two ids).
 */
export type Conduct = 'succeed' | 'fail' | 'fall silent' | 'be unclear' | 'answer twice';

export type ConductOf = (command: string, orderId: string) => Conduct;

export const SHOP_TABLES = [
  'create table charge (order_id text primary key, amount integer not null)',
  'create table refund (order_id text primary key, amount integer not null)',
  'create table reservation (order_id text primary key, quantity integer not null)',
  'create table release (order_id text primary key, quantity integer not null)',
  'create table shipment (order_id text primary key, quantity integer not null)',
  'create table recall (order_id text primary key, quantity integer not null)',
  'create table unanswered (order_id text not null, command text not null, primary key (order_id, command))',
];

interface Reaction {
  /** Where an effect leaves its row, once for an order. */
  readonly table: string;
  /** The effect that it undoes: without it nothing happens. */
  readonly undoes: string | null;
  readonly amount: (data: never) => number;
  readonly success: (data: { readonly orderId: string }) => OutgoingMessage;
  readonly failure: (data: { readonly orderId: string; readonly reason: string }) => OutgoingMessage;
}

const amountOf = ({ amount }: { readonly amount: number }) => amount;
const quantityOf = ({ quantity }: { readonly quantity: number }) => quantity;

const REACTIONS: Readonly<Record<string, Reaction>> = {
  [events.requestPayment.type]: {
    table: 'charge',
    undoes: null,
    amount: amountOf,
    success: events.paymentSucceeded,
    failure: events.paymentFailed,
  },
  [events.refundPayment.type]: {
    table: 'refund',
    undoes: 'charge',
    amount: amountOf,
    success: events.paymentRefunded,
    failure: events.refundFailed,
  },
  [events.reserveStock.type]: {
    table: 'reservation',
    undoes: null,
    amount: quantityOf,
    success: events.stockReserved,
    failure: events.stockFailed,
  },
  [events.releaseStock.type]: {
    table: 'release',
    undoes: 'reservation',
    amount: quantityOf,
    success: events.stockReleased,
    failure: events.releaseFailed,
  },
  [events.scheduleDelivery.type]: {
    table: 'shipment',
    undoes: null,
    amount: quantityOf,
    success: events.deliveryScheduled,
    failure: events.deliveryFailed,
  },
  [events.cancelDelivery.type]: {
    table: 'recall',
    undoes: 'shipment',
    amount: () => 1,
    success: events.deliveryCancelled,
    failure: events.cancellationFailed,
  },
};

/** The services that take the commands of the order saga: each effect happens once for an order, however often it is asked for. */
export class Participants<Tx> {
  readonly #transactions: TransactionRunner<Tx>;
  readonly #conductOf: ConductOf;

  constructor({ transactions, conductOf }: { transactions: TransactionRunner<Tx>; conductOf: ConductOf }) {
    this.#transactions = transactions;
    this.#conductOf = conductOf;
  }

  /** The work of each of them. */
  readonly work = async (message: Message, { tx, send }: Pick<WorkContext<Tx>, 'tx' | 'send'>): Promise<void> => {
    const reaction = REACTIONS[message.type];
    if (reaction === undefined) throw new Error(`no reaction to ${message.type}`);
    const { orderId } = message.data as { readonly orderId: string };
    const executor = this.#transactions.executor(tx);
    const conduct = this.#conductOf(message.type, orderId);
    // What has happened cannot fail any more, whatever the conduct is now.
    const has = await this.#has(executor, reaction.table, orderId);
    if (conduct === 'fail' && !has) {
      await send(reaction.failure({ orderId, reason: 'it is refused' }));
      return;
    }
    if (!has) await this.#effect(executor, reaction, message);
    if (conduct === 'be unclear') await send(events.paymentUnclear({ orderId }));
    else if (conduct === 'fall silent') {
      await this.#execute(
        executor,
        'insert into unanswered values (?1, ?2) on conflict do nothing',
        orderId,
        message.type,
      );
    } else
      await send(conduct === 'answer twice' ? twice(reaction.success({ orderId })) : reaction.success({ orderId }));
  };

  /** All late answers are sent, by a transaction that is the caller's. Returns how many. */
  async answerLate(tx: Tx, send: (messages: readonly OutgoingMessage[]) => Promise<unknown>): Promise<number> {
    const executor = this.#transactions.executor(tx);
    const { rows } = await this.#execute(executor, 'delete from unanswered returning order_id, command');
    const answers = rows.flatMap(({ order_id, command }) => {
      const reaction = REACTIONS[String(command)];
      return reaction === undefined ? [] : [reaction.success({ orderId: String(order_id) })];
    });
    if (answers.length > 0) await send(answers);
    return answers.length;
  }

  /** What did not happen needs no undoing. */
  async #effect(executor: SqlExecutor, { table, undoes, amount }: Reaction, { data }: Message): Promise<void> {
    const { orderId } = data as { readonly orderId: string };
    if (undoes !== null && !(await this.#has(executor, undoes, orderId))) return;
    await this.#execute(executor, `insert into ${table} values (?1, ?2)`, orderId, BigInt(amount(data as never)));
  }

  async #has(executor: SqlExecutor, table: string, orderId: string): Promise<boolean> {
    return (await this.#execute(executor, `select 1 from ${table} where order_id = ?1`, orderId)).rows.length > 0;
  }

  #execute(executor: SqlExecutor, text: string, ...values: readonly unknown[]): Promise<SqlResult> {
    const isPostgres = this.#transactions.dialect === 'postgresql';
    return executor.execute({ text: isPostgres ? text.replaceAll(/\?(\d)/g, '$$$1') : text, values });
  }
}

function twice(message: OutgoingMessage): readonly OutgoingMessage[] {
  return [message, message];
}

/** What must hold whatever happened: done exactly for orders that are completed, and undone for all others, unless somebody still looks at it. */
export async function shopAudit(
  query: (text: string) => Promise<readonly Record<string, unknown>[]>,
): Promise<readonly string[]> {
  const orders = await query(`select s.key as order_id, s.state,
  (select count(*) from charge c where c.order_id = s.key) as charges,
  (select count(*) from refund r where r.order_id = s.key) as refunds,
  (select count(*) from reservation r where r.order_id = s.key) as reservations,
  (select count(*) from release r where r.order_id = s.key) as releases,
  (select count(*) from shipment r where r.order_id = s.key) as shipments,
  (select count(*) from recall r where r.order_id = s.key) as recalls
from holdfast_saga s`);
  return orders.flatMap((order) => {
    const left = (did: string, undid: string) => Number(order[did]) - Number(order[undid]);
    const kept = [left('charges', 'refunds'), left('reservations', 'releases'), left('shipments', 'recalls')].join(' ');
    const expected = { completed: '1 1 1', cancelled: '0 0 0' }[String(order['state'])];
    return kept === expected ? [] : [`${order['order_id']} is ${order['state']} with ${kept}`];
  });
}
