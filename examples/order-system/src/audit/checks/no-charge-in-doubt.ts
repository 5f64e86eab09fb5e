import { type Check, numberOf, Violations } from '../invariant.ts';

/** Every charge that was begun is known to have been made, and nobody has to look one up by hand (F6.3, F6.6). */
export const noChargeInDoubt: Check = (db) => {
  const ofState = (states: string) => `select key from effects.holdfast_effect where state in (${states})`;
  const done = numberOf(db, "select count(*) from effects.holdfast_effect where state = 'done'");
  const doubtful = numberOf(db, 'select count(*) from effects.holdfast_effect where verifications > 0');
  const again = numberOf(db, 'select sum(attempts - 1) from effects.holdfast_effect');
  return new Violations()
    .query(db, 'charges of which nobody knows whether they were made', ofState("'calling', 'unknown'"))
    .query(db, 'charges that a person must look up', ofState("'parked'"))
    .query(db, 'charges that were given up', ofState("'free', 'refused'"))
    .query(
      db,
      'payments without a charge in the journal',
      `select payment_id from payment.payment p where not exists
         (select 1 from effects.holdfast_effect e where e.journal = 'charge' and e.key = p.order_id || '/charge')`,
    )
    .invariant(
      'no charge is in doubt',
      `${count(done)} done: ${count(doubtful)} were in doubt and looked up, ${count(again)} calls made again`,
    );
};

function count(value: bigint): string {
  return value.toLocaleString('en');
}
