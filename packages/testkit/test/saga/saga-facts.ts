import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';

/** What is durable in the end. */
export interface SagaFacts {
  readonly orders: SimulatedSqlite;
  /** Ids of the orders that were placed. */
  readonly placed: readonly string[];
  /** How many effects of an order are not undone. */
  readonly keptBy: (orderId: string) => number;
  readonly deadLetters: () => readonly string[];
}

/** Every order has a saga that is over. */
export function isOver(orders: SimulatedSqlite, placed: readonly string[]): boolean {
  const open = `select 1 from holdfast_saga where kind <> 'final' union all select 1 from holdfast_saga_timer`;
  if (orders.query(open).length > 0) return false;
  return Number(orders.query('select count(*) as n from holdfast_saga')[0]?.['n']) === placed.length;
}
