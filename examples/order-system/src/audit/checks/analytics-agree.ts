import { formatMinorUnits } from '../../orders-input/minor-units.ts';
import { type Check, numberOf, Violations } from '../invariant.ts';
import { SENT_MESSAGES } from '../sent-messages.ts';

/** Totals that are only ever added to equal the ledger: nothing was counted twice or not at all (F11.1). */
export const analyticsAgree: Check = (db) => {
  const counted = numberOf(db, "select sum(amount) from analytics.event_total where type = 'order.created'");
  const ordered = numberOf(db, 'select sum(total_amount) from purchase_order');
  return new Violations()
    .query(
      db,
      'event types counted wrongly',
      `with sent as (select type, count(*) as events from ${SENT_MESSAGES} group by type)
       select type from sent full join analytics.event_total t using (type) where sent.events is not t.events`,
    )
    .add(counted === ordered ? 0 : 1, 'sum that differs')
    .invariant(
      'analytics agree with the ledger',
      `counted ${formatMinorUnits(counted)}, ordered ${formatMinorUnits(ordered)}`,
    );
};
