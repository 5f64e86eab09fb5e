import { quoted } from '@holdfast/core';
import { openScratchDatabase } from '../sqlite/open-database.ts';
import type { InputOrder } from './input-order.ts';
import type { BadLine, OrderLine } from './order-line.ts';

const SCHEMA = `
  create table input_order (
    order_id text primary key,
    customer_id text,
    first_line integer not null,
    bad_line integer
  ) strict;
  create index input_order_by_line on input_order (first_line);
  create table input_line (
    number integer primary key,
    order_id text not null,
    product_id text not null,
    quantity integer not null,
    unit_price integer not null
  ) strict;
  create index input_line_by_order on input_line (order_id, number);
  begin;
`;

interface StagedLine {
  readonly number: number;
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/**
 * Lines of a file until it has been read to its end: only then is it known which orders are whole. In a scratch database,
 * so that a file may be larger than the memory.
 */
export class StagedOrders {
  readonly #db = openScratchDatabase(SCHEMA);
  readonly #findOrder = this.#db.prepare<[string], { customer: string | null; line: number }>(
    'select customer_id as customer, first_line as line from input_order where order_id = ?',
  );
  readonly #addOrder = this.#db.prepare(
    `insert into input_order (order_id, customer_id, first_line) values (?, ?, ?)
     on conflict do update set customer_id = coalesce(customer_id, excluded.customer_id)`,
  );
  readonly #addBadOrder = this.#db.prepare(
    `insert into input_order (order_id, first_line, bad_line) values (?, ?, ?)
     on conflict do update set bad_line = coalesce(bad_line, excluded.bad_line)`,
  );
  readonly #addLine = this.#db.prepare('insert into input_line values (?, ?, ?, ?, ?)');

  /** Returns why the line does not fit its order, or `null`. */
  add(line: OrderLine): BadLine | null {
    const { number, orderId, customerId, productId, quantity, unitPrice } = line;
    const order = this.#findOrder.get(orderId);
    if (order !== undefined && order.customer !== null && order.customer !== customerId) {
      const reason = `customerId ${quoted(customerId)} is not that of line ${order.line} of the same order`;
      const bad = { number, reason, orderId };
      this.reject(bad);
      return bad;
    }
    if (order === undefined || order.customer === null) this.#addOrder.run(orderId, customerId, number);
    this.#addLine.run(number, orderId, productId, quantity, unitPrice);
    return null;
  }

  /** The order that the line belongs to must not go through without it. */
  reject({ number, orderId }: BadLine): void {
    if (orderId !== null) this.#addBadOrder.run(orderId, number, number);
  }

  /** How many orders are whole. */
  get orderCount(): number {
    const count = this.#db.prepare<[], { n: number }>('select count(*) as n from input_order where bad_line is null');
    return count.get()?.n ?? 0;
  }

  /** The whole orders, in the order of their first lines. */
  *orders(): Iterable<InputOrder> {
    const orders = this.#db.prepare<[], { orderId: string; customerId: string }>(
      `select order_id as orderId, customer_id as customerId from input_order
       where bad_line is null order by first_line`,
    );
    const linesOf = this.#db.prepare<[string], StagedLine>(
      `select number, product_id as productId, quantity, unit_price as unitPrice from input_line
       where order_id = ? order by number`,
    );
    for (const order of orders.iterate()) {
      const staged = linesOf.all(order.orderId);
      const items = staged.map(({ number: _number, ...item }) => item);
      yield { ...order, items, lines: staged.map((line) => line.number) };
    }
  }

  /** Good lines that are rejected with their order. */
  *rejectedWithTheirOrder(): Iterable<BadLine> {
    const lines = this.#db.prepare<[], { number: number; orderId: string; badLine: number }>(
      `select l.number, l.order_id as orderId, o.bad_line as badLine
       from input_line l join input_order o using (order_id) where o.bad_line is not null order by l.number`,
    );
    for (const { number, orderId, badLine } of lines.iterate()) {
      yield { number, orderId, reason: `rejected with its order ${quoted(orderId)}, because of line ${badLine}` };
    }
  }

  close(): void {
    this.#db.close();
  }
}
