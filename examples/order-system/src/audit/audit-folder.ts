import { type DataFolder, SENDERS, SERVICES } from '../run/data-folder.ts';
import { openForReading, type SqliteHandle } from '../sqlite/open-database.ts';
import type { AuditReport } from './audit-report.ts';
import { analyticsAgree } from './checks/analytics-agree.ts';
import { appliedExactlyOnce } from './checks/applied-exactly-once.ts';
import { appliedInCommitOrder } from './checks/applied-in-commit-order.ts';
import { deliveriesOfCompletedOrders } from './checks/deliveries-of-completed-orders.ts';
import { moneyConserved } from './checks/money-conserved.ts';
import { noChargeInDoubt } from './checks/no-charge-in-doubt.ts';
import { oneOrderPerKey } from './checks/one-order-per-key.ts';
import { ordersAccountedFor } from './checks/orders-accounted-for.ts';
import { ordersHaveTheirMessages } from './checks/orders-have-their-messages.ts';
import { outboxEmpty } from './checks/outbox-empty.ts';
import { providerAgrees } from './checks/provider-agrees.ts';
import { sagaHistoriesLegal } from './checks/saga-histories-legal.ts';
import { sagasOverOrListed } from './checks/sagas-over-or-listed.ts';
import { stockConserved } from './checks/stock-conserved.ts';
import { CONSUMERS } from './consumer-facts.ts';
import { endingsOf } from './endings.ts';
import { type Check, type Invariant, numberOf } from './invariant.ts';

const CHECKS: readonly Check[] = [
  ordersAccountedFor,
  oneOrderPerKey,
  sagasOverOrListed,
  sagaHistoriesLegal,
  ordersHaveTheirMessages,
  ...CONSUMERS.map(appliedExactlyOnce),
  appliedInCommitOrder,
  moneyConserved,
  providerAgrees,
  noChargeInDoubt,
  stockConserved,
  deliveriesOfCompletedOrders,
  analyticsAgree,
];

/**
 * Compares the databases of a run that has ended. It trusts nothing but the files, so it can be repeated at any time.
 * @param seen What only the run itself could see, to be reported with the rest.
 */
export async function auditFolder(folder: DataFolder, seen: readonly Invariant[] = []): Promise<AuditReport> {
  const db = attachAll(folder);
  try {
    const invariants = [
      ...CHECKS.map((check) => check(db)),
      await outboxEmpty(SENDERS.map((service) => folder.file(service))),
      ...seen,
    ];
    return {
      accepted: Number(numberOf(db, 'select count(*) from purchase_order')),
      rejectedLines: Number(numberOf(db, 'select rejected_lines from intake')),
      endings: endingsOf(db),
      invariants,
      ok: invariants.every(({ ok }) => ok),
    };
  } finally {
    db.close();
  }
}

function attachAll(folder: DataFolder): SqliteHandle {
  const db = openForReading(folder.file('order'));
  for (const service of SERVICES) {
    if (service !== 'order') db.prepare(`attach database ? as ${service}`).run(folder.file(service));
  }
  return db;
}
