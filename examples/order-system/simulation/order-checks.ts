import type { BrokerProfile, Check } from '@holdfast/testkit';
import { analyticsAgree } from '../src/audit/checks/analytics-agree.ts';
import { appliedExactlyOnce } from '../src/audit/checks/applied-exactly-once.ts';
import { inCommitOrder } from '../src/audit/checks/applied-in-commit-order.ts';
import { deliveriesOfCompletedOrders } from '../src/audit/checks/deliveries-of-completed-orders.ts';
import { moneyConserved } from '../src/audit/checks/money-conserved.ts';
import { noChargeInDoubt } from '../src/audit/checks/no-charge-in-doubt.ts';
import { oneOrderPerKey } from '../src/audit/checks/one-order-per-key.ts';
import { ordersHaveTheirMessages } from '../src/audit/checks/orders-have-their-messages.ts';
import { providerAgrees } from '../src/audit/checks/provider-agrees.ts';
import { sagaHistoriesLegal } from '../src/audit/checks/saga-histories-legal.ts';
import { sagasOverOrListed } from '../src/audit/checks/sagas-over-or-listed.ts';
import { stockConserved } from '../src/audit/checks/stock-conserved.ts';
import { CONSUMERS } from '../src/audit/consumer-facts.ts';
import type { Check as AuditCheck } from '../src/audit/invariant.ts';
import { AttachedDatabases } from './attached-databases.ts';
import { OUTBOXES } from './order-tables.ts';
import type { OrderFacts } from './order-world.ts';

const AUDIT: Readonly<Record<string, AuditCheck>> = {
  'an idempotency key makes one order': oneOrderPerKey,
  'every order is over, or waits for a person': sagasOverOrListed,
  'every saga kept to its definition': sagaHistoriesLegal,
  'every order has its messages': ordersHaveTheirMessages,
  ...Object.fromEntries(
    CONSUMERS.map((consumer) => [`${consumer.name} applies every message exactly once`, appliedExactlyOnce(consumer)]),
  ),
  'money is conserved': moneyConserved,
  "the provider's ledger is the orders": providerAgrees,
  'no charge is in doubt': noChargeInDoubt,
  'stock is conserved': stockConserved,
  'only completed orders are delivered': deliveriesOfCompletedOrders,
  'analytics agree with the ledger': analyticsAgree,
};

const attached = new AttachedDatabases();

/** The invariants that the audit of a real run checks, by the same code, on the simulated databases. */
const audited = Object.entries(AUDIT).map(([name, check]) => byAudit(name, check));

function byAudit(name: string, check: AuditCheck): Check<OrderFacts> {
  return {
    name,
    check: ({ databases }) => {
      const { ok, detail } = check(attached.of(databases));
      return ok ? [] : [detail];
    },
  };
}

/** Whoever was told of an order has one, and always the same (F1.1, F3.7). */
const customersGotTheirOrders: Check<OrderFacts> = {
  name: 'a customer who was told of an order has it, and no other one',
  check: ({ requests, databases }) =>
    requests.flatMap(({ key, answers }) => {
      const stored = databases.order
        .query('select order_id from purchase_order where idempotency_key = ?', key)
        .map(({ order_id }) => String(order_id));
      const told = [...new Set(answers)];
      return told.length === 1 && stored.length === 1 && told[0] === stored[0]
        ? []
        : [`key ${key}: told of ${told.join(', ') || 'none'}, stored ${stored.join(', ') || 'none'}`];
    }),
};

const nothingDead: Check<OrderFacts> = {
  name: 'no healthy message is dead-lettered or parked',
  check: ({ broker, databases }) => [
    ...broker.deadLetters.map(({ id }) => `${id} is a dead letter`),
    ...OUTBOXES.flatMap((name) =>
      databases[name]
        .query('select * from holdfast_outbox_parked')
        .map(() => `a message is parked in ${name}'s outbox`),
    ),
    ...databases.order.query('select key from holdfast_saga_parked').map(({ key }) => `${key} has a parked event`),
  ],
};

/** Finds nothing wrong; by then all faults of the run have happened. */
const situationsNoted: Check<OrderFacts> = {
  name: 'situations are noted',
  check: ({ situations, databases }) => {
    situations.note(attached.of(databases));
    return [];
  },
};

const ALWAYS = [situationsNoted, customersGotTheirOrders, nothingDead, ...audited];
/** The order service has two processes: what one has in its hands may be overtaken by the other. */
const ORDERED = CONSUMERS.filter(({ name }) => name !== 'order');
const IN_ORDER = [
  ...ALWAYS,
  byAudit('messages of an order arrive first in commit order', (db) => inCommitOrder(ORDERED, db)),
];

/** What must hold after every run (the section "Always" of the failure catalogue). Order only where the broker keeps it when it delivers again. */
export function orderChecks({ order, lease }: BrokerProfile): readonly Check<OrderFacts>[] {
  return order === 'groups' || (order === 'first-deliveries' && lease === 'connection') ? IN_ORDER : ALWAYS;
}
