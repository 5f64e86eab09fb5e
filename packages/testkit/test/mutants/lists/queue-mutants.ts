import type { Mutant } from '../hunt/mutant.ts';

const claims = 'packages/transports/src/sql/sqlite/sqlite-claim-store.ts';
const table = 'packages/transports/src/sql/sqlite/claim-table.ts';
const take = 'packages/transports/src/sql/sqlite/take-messages.ts';
const publisher = 'packages/transports/src/sql/publishing/sql-publisher.ts';

export const queueMutants: readonly Mutant[] = [
  {
    id: 'queue-late-ack-counts',
    what: 'an acknowledgement after the end of the lease counts as long as nobody else came',
    file: table,
    find: 'where claim = ?1 and due_at > ${NOW}`',
    replace: 'where claim = ?1`',
    world: 'queue',
  },
  {
    id: 'queue-late-ack-settles-anothers',
    what: 'an acknowledgement under a lost lease removes the message that somebody else holds now',
    file: claims,
    find: '        if (held === null) continue;\n        const mine = among(held, positions);',
    replace: `        if (held === null) {
          this.#messages.remove(tx, positions);
          acked.push({ claim, positions });
          continue;
        }
        const mine = among(held, positions);`,
    world: 'queue',
  },
  {
    id: 'queue-dead-letter-not-atomic',
    what: 'a dead letter is copied in one transaction and removed in a second one',
    file: claims,
    find: '  async deadLetter(queue: QueueRecord, move: DeadLetterMove): Promise<boolean> {\n    return this.#database.transaction((tx) => {',
    replace: `  async deadLetter(queue: QueueRecord, move: DeadLetterMove): Promise<boolean> {
    const { id: copyId, source: from, type: kind, attributes: marks, position: place } = move;
    const to = queue.deadLetterId ?? queue.id;
    this.#database.executeSync({ text: this.#deadLetter, values: [to, copyId, from, kind, marks, place] });
    return this.#database.transaction((tx) => {`,
    also: {
      find: '      const { rowCount } = tx.executeSync({\n        text: this.#deadLetter,\n        values: [target, id, source, type, attributes, position],\n      });\n      if (rowCount === 0) return false;\n',
      replace: '      if (target < 0 || `${id}${source}${type}${attributes}` === "") return false;\n',
    },
    world: 'queue',
  },
  {
    id: 'queue-retry-loses-message',
    what: 'a message that is handed back is in no claim any more',
    file: claims,
    find: '      const name = this.#claims.insert(tx, { queueId, dueInMs, leased, upto: null, positions, deliveries });',
    replace:
      '      const name = leased ? this.#claims.insert(tx, { queueId, dueInMs, leased, upto: null, positions, deliveries }) : 0;',
    world: 'queue',
  },
  {
    id: 'queue-extension-not-kept',
    what: 'a lease that was extended ends when it would have ended without',
    file: claims,
    find: '        this.#claims.extend(tx, claim, dueInMs);\n',
    replace: '',
    world: 'queue',
  },
  {
    id: 'queue-lease-never-ends',
    what: 'what a consumer held when it died comes back to nobody',
    file: table,
    find: 'where queue_id = ?1 and due_at <= ${NOW} order by due_at limit ?2`',
    replace: 'where queue_id = ?1 and leased = 0 and due_at <= ${NOW} order by due_at limit ?2`',
    world: 'queue',
  },
  {
    id: 'queue-order-ignored',
    what: 'the next message of a key is given out while the one before is not settled',
    file: take,
    find: '    if (isBusy) continue;',
    replace: '    if (isBusy && gathered.upto === null) continue;',
    world: 'queue',
  },
  {
    id: 'queue-next-of-key-forgotten',
    what: 'the message behind a dead letter of its key is handed out by nobody',
    file: claims,
    find: `      this.#handOutNext(
        tx,
        queue,
        gone.flatMap((row) => laneOf(row.lane, row.position)),
      );
`,
    replace: '      if (gone.flatMap((row) => laneOf(row.lane, row.position)).length < 0) return false;\n',
    world: 'queue',
  },
  {
    id: 'queue-failed-append-is-accepted',
    what: 'the error of an append is swallowed, and its messages count as accepted',
    file: publisher,
    find: "      if (outcome !== 'refused') return this.#failAll(entries, { outcome, reason: summarizeError(error) });",
    replace: "      if (outcome !== 'refused') return this.#settleAppended(entries, { unrouted: [], queues: [] });",
    world: 'queue',
  },
];
