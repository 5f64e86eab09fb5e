import type { Mutant } from '../hunt/mutant.ts';

const lanes = 'packages/outbox/src/sqlite/sqlite-lane-store.ts';
const claim = 'packages/outbox/src/sqlite/claim-lane.ts';
const rotate = 'packages/outbox/src/sqlite/rotate-log.ts';
const housekeeping = 'packages/outbox/src/sqlite/sqlite-housekeeping-store.ts';
const numbers = 'packages/outbox/src/sqlite/numbered-appends.ts';
const leases = 'packages/sql/src/leases/sqlite-lease-store.ts';
const housekeeper = 'packages/outbox/src/relay/housekeeper.ts';

export const logMutants: readonly Mutant[] = [
  {
    id: 'log-unfenced-record',
    what: 'a relay whose lane was taken over still records its progress',
    file: lanes,
    find: 'where lane = ?1 and fencing_token = ?2 and revision = ?4 returning revision`',
    replace: 'where lane = ?1 and (?2 or 1) and (?4 or 1) returning revision`',
    world: 'log',
  },
  {
    id: 'log-lease-taken-while-held',
    what: 'a lease is given to another one although it has not run out',
    file: leases,
    find: 'where lease.holder = excluded.holder or lease.expires_at <= ${SQLITE_NOW}',
    replace: 'where true',
    world: 'log',
  },
  {
    id: 'log-lease-never-ends',
    what: 'the lease of a relay that died never runs out',
    file: leases,
    find: 'where lease.holder = excluded.holder or lease.expires_at <= ${SQLITE_NOW}',
    replace: 'where lease.holder = excluded.holder or lease.expires_at = 0',
    world: 'log',
  },
  {
    id: 'log-retention-removes-unsent',
    what: 'retention removes old messages that were not published yet',
    file: rotate,
    find: '`(select l.position from ${tables.lane} l where l.lane = ?1) order by position limit ?3) and ${OUT_OF_RETENTION}`',
    replace:
      '`(select max(l.position, 9e15) from ${tables.lane} l where l.lane = ?1) order by position limit ?3) and ${OUT_OF_RETENTION}`',
    world: 'log',
  },
  {
    id: 'log-delayed-never-due',
    what: 'delayed messages are looked for by nobody',
    file: housekeeper,
    find: '    const promoted = await this.promoteDelayed();',
    replace: '    const promoted: number = 0;',
    world: 'log',
  },
  {
    id: 'log-delayed-at-once',
    what: 'a delayed message is published at once',
    file: housekeeping,
    find: 'where due_at <= ${NOW} order by',
    replace: 'where due_at <= ${NOW} + 3600000 order by',
    world: 'log',
  },
  {
    id: 'log-delayed-promoted-twice',
    what: 'due messages are removed in a transaction of their own, after they were promoted',
    file: housekeeping,
    find: `      for (const { number } of due) {
        tx.executeSync({ text: \`delete from \${this.#tables.delayed} where number = ?1\`, values: [number] });
      }
      return due.length;
    });`,
    replace: `      return due.length;
    });`,
    also: {
      find: '    return this.#database.transaction((tx) => {\n      const due = this.#due(tx, limit);',
      replace: `    queueMicrotask(() => {
      try {
        this.#database.executeSync({ text: \`delete from \${this.#tables.delayed} where due_at <= \${NOW}\`, values: [] });
      } catch {}
    });
    return this.#database.transaction((tx) => {
      const due = this.#due(tx, limit);`,
    },
    world: 'log',
  },
  {
    id: 'log-number-drawn-twice',
    what: 'the last number of a key is written as 1 more than the one that came before, whatever was drawn meanwhile',
    file: numbers,
    find: "'on conflict (source, stream, key) do update set last = last + excluded.last'",
    replace: "'on conflict (source, stream, key) do update set last = max(last, excluded.last)'",
    world: 'log',
  },
  {
    id: 'log-claim-begins-at-the-end',
    what: 'a relay that takes a lane over begins at the newest message',
    file: claim,
    find: '  if (stored.position <= Number(rows[0]?.seq ?? 0)) return stored.position;',
    replace: '  if (stored.position <= Number(rows[0]?.seq ?? 0)) return Number(rows[0]?.seq ?? 0);',
    world: 'log',
  },
];
