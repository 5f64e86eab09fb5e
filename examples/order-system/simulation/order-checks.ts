import type { Check } from '@holdfast/testkit';
import { analyticsAgree } from '../src/audit/checks/analytics-agree.ts';
import { appliedExactlyOnce } from '../src/audit/checks/applied-exactly-once.ts';
import { appliedInCommitOrder } from '../src/audit/checks/applied-in-commit-order.ts';
import { moneyConserved } from '../src/audit/checks/money-conserved.ts';
import { noChargeInDoubt } from '../src/audit/checks/no-charge-in-doubt.ts';
import { oneOrderPerKey } from '../src/audit/checks/one-order-per-key.ts';
import { ordersHaveTheirMessages } from '../src/audit/checks/orders-have-their-messages.ts';
import { providerAgrees } from '../src/audit/checks/provider-agrees.ts';
import { stockConserved } from '../src/audit/checks/stock-conserved.ts';
import { CONSUMERS } from '../src/audit/consumer-facts.ts';
import type { Check as AuditCheck } from '../src/audit/invariant.ts';
import { AttachedDatabases } from './attached-databases.ts';
import type { OrderFacts } from './order-world.ts';

const AUDIT: readonly AuditCheck[] = [
  oneOrderPerKey,
  ordersHaveTheirMessages,
  ...CONSUMERS.map(appliedExactlyOnce),
  appliedInCommitOrder,
  moneyConserved,
  providerAgrees,
  noChargeInDoubt,
  stockConserved,
  analyticsAgree,
];

const attached = new AttachedDatabases();

/** The invariants that the audit of a real run checks, by the same code, on the simulated databases. */
const audited: readonly Check<OrderFacts>[] = AUDIT.map((check, index) => ({
  name: `audit ${index + 1}`,
  check: ({ databases }) => {
    const { ok, name, detail } = check(attached.of(databases));
    return ok ? [] : [`${name}: ${detail}`];
  },
}));

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
    ...databases.order.query('select * from holdfast_outbox_parked').map(() => 'a message is parked in the outbox'),
  ],
};

/** What must hold after every run (the section "Always" of the failure catalogue). */
export const orderChecks: readonly Check<OrderFacts>[] = [customersGotTheirOrders, nothingDead, ...audited];
