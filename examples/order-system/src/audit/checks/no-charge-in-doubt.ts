import { type Check, numberOf, Violations } from '../invariant.ts';

/** Every charge and refund that was begun is known to have been made or not, and nobody has to look one up by hand (F6.3, F6.6). */
export const noChargeInDoubt: Check = (db) => {
  const ofState = (states: string) => `select key from effects.holdfast_effect where state in (${states})`;
  const done = numberOf(db, "select count(*) from effects.holdfast_effect where state = 'done'");
  const doubtful = numberOf(db, 'select count(*) from effects.holdfast_effect where verifications > 0');
  const again = numberOf(db, 'select sum(attempts - 1) from effects.holdfast_effect');
  return new Violations()
    .query(db, 'charges of which nobody knows whether they were made', ofState("'calling', 'unknown'"))
    .query(db, 'charges that a person must look up', ofState("'parked'"))
    .query(
      db,
      'charges that were given up',
      `select key from effects.holdfast_effect e where state = 'free' and not exists (select 1 from payment.payment p
         where e.journal = 'charge' and p.order_id || '/charge' = e.key and p.state = 'closed')`,
    )
    .query(
      db,
      'refusals that payment does not know',
      `select key from effects.holdfast_effect e where state = 'refused' and not exists (select 1 from payment.payment p
         where (e.journal = 'charge' and e.key = p.order_id || '/charge' and p.state = 'failed')
           or (e.journal = 'refund' and e.key like p.order_id || '/refund/%' and p.refused_refunds > 0))`,
    )
    .query(
      db,
      'payments without a charge in the journal',
      `select payment_id from payment.payment p where p.charge_id is not null and not exists
         (select 1 from effects.holdfast_effect e
          where e.journal = 'charge' and e.key = p.order_id || '/charge' and e.state = 'done')`,
    )
    .query(
      db,
      'refunds that are not in the journal',
      `select payment_id from payment.payment p where p.provider_refund_id is not null and not exists
         (select 1 from effects.holdfast_effect e where e.journal = 'refund'
            and e.key = p.order_id || '/refund/' || (p.refused_refunds + 1) and e.state = 'done')`,
    )
    .invariant(
      'no charge is in doubt',
      `${count(done)} done: ${count(doubtful)} were in doubt and looked up, ${count(again)} calls made again`,
    );
};

function count(value: bigint): string {
  return value.toLocaleString('en');
}
