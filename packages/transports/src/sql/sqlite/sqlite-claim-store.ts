import type { SqliteDatabase, SyncSqlExecutor } from '@holdfast/sql';
import type {
  ClaimedPositions,
  ClaimMove,
  ClaimStore,
  DeadLetterMove,
  PulledBatch,
  PullOrder,
} from '../store/claim-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { type ClaimRow, ClaimTable } from './claim-table.ts';
import { type Lane, MessageTable } from './message-table.ts';
import type { QueueTables } from './queue-tables.ts';
import { takeMessages } from './take-messages.ts';

/** Claims on SQLite: every call is one transaction, and there is one at a time. */
export class SqliteClaimStore implements ClaimStore {
  readonly #database: SqliteDatabase;
  readonly #claims: ClaimTable;
  readonly #messages: MessageTable;
  readonly #hasWork: string;
  readonly #deadLetter: string;

  constructor(database: SqliteDatabase, tables: QueueTables) {
    this.#database = database;
    this.#claims = new ClaimTable(tables);
    this.#messages = new MessageTable(tables);
    this.#hasWork = hasWork(tables);
    this.#deadLetter =
      `insert into ${tables.message} (queue_id, origin, key, id, source, type, attributes, body) ` +
      `select ?1, coalesce(origin, queue_id), key, ?2, ?3, ?4, ?5, body from ${tables.message} where position = ?6`;
  }

  async pull(order: PullOrder): Promise<PulledBatch> {
    // Looking into an empty queue does not take the write lock.
    const { rows } = this.#database.executeSync({ text: this.#hasWork, values: [order.queue.id] });
    if (rows.length === 0) return { claim: 0, rows: [], marks: null, more: false };
    return this.#database.transaction((tx) =>
      takeMessages(tx, order, { claims: this.#claims, messages: this.#messages }),
    );
  }

  async ack(queue: QueueRecord, claims: readonly ClaimedPositions[]): Promise<readonly ClaimedPositions[]> {
    return this.#database.transaction((tx) => {
      const acked: ClaimedPositions[] = [];
      const lanes: Lane[] = [];
      for (const { claim, positions } of claims) {
        const held = this.#claims.held(tx, claim);
        if (held === null) continue;
        const mine = among(held, positions);
        const gone = this.#messages.remove(tx, mine);
        acked.push({ claim, positions: mine });
        lanes.push(...gone.flatMap(({ lane, position }) => laneOf(lane, position)));
        this.#claims.settle(tx, held, { queueId: queue.id, count: gone.length });
      }
      this.#handOutNext(tx, queue, lanes);
      return acked;
    });
  }

  async move({ id: queueId }: QueueRecord, move: ClaimMove): Promise<ClaimedPositions> {
    return this.#database.transaction((tx) => {
      const { claim, dueInMs, leased, uncounted } = move;
      const held = this.#claims.held(tx, claim);
      const nothing = { claim, positions: [] };
      if (held === null) return nothing;
      const existing = this.#messages.existing(tx, among(held, move.positions));
      const moved = part(held, (position) => existing.has(position));
      if (moved.positions.length === 0) return nothing;
      if (leased && moved.positions.length === held.open) {
        this.#claims.extend(tx, claim, dueInMs);
        return { claim, positions: moved.positions };
      }
      const left = part(held, (position) => !existing.has(position));
      const deliveries = moved.deliveries.map((count) => count - (uncounted ? 1 : 0));
      const { positions } = moved;
      const name = this.#claims.insert(tx, { queueId, dueInMs, leased, upto: null, positions, deliveries });
      this.#claims.keep(tx, claim, { ...left, open: held.open, leased: true });
      this.#claims.settle(tx, held, { queueId, count: positions.length });
      return { claim: name, positions };
    });
  }

  async deadLetter(queue: QueueRecord, move: DeadLetterMove): Promise<boolean> {
    return this.#database.transaction((tx) => {
      const { claim, position, id, source, type, attributes } = move;
      const held = this.#claims.held(tx, claim);
      if (held === null || !held.positions.includes(position)) return false;
      const target = queue.deadLetterId ?? queue.id;
      const { rowCount } = tx.executeSync({
        text: this.#deadLetter,
        values: [target, id, source, type, attributes, position],
      });
      if (rowCount === 0) return false;
      const gone = this.#messages.remove(tx, [position]);
      this.#claims.settle(tx, held, { queueId: queue.id, count: 1 });
      this.#handOutNext(
        tx,
        queue,
        gone.flatMap((row) => laneOf(row.lane, row.position)),
      );
      return true;
    });
  }

  /** In a queue with order: the next message of each lane, as a claim that nobody holds. */
  #handOutNext(tx: SyncSqlExecutor, queue: QueueRecord, lanes: readonly Lane[]): void {
    if (lanes.length === 0) return;
    const upto = this.#claims.cursor(tx, queue.id)?.upto ?? 0;
    const positions = lanes.flatMap((lane) => this.#messages.nextOf(tx, queue.id, { ...lane, upto }) ?? []);
    if (positions.length === 0) return;
    const deliveries = positions.map(() => 0);
    this.#claims.insert(tx, { queueId: queue.id, dueInMs: 0, leased: false, upto: null, positions, deliveries });
  }
}

function hasWork({ message, claim }: QueueTables): string {
  const cursor = `coalesce((select upto from ${claim} where queue_id = ?1 and upto is not null order by upto desc limit 1), 0)`;
  return (
    `select 1 where exists (select 1 from ${message} where queue_id = ?1 and position > ${cursor}) ` +
    `or exists (select 1 from ${claim} where queue_id = ?1 and due_at <= cast(unixepoch('subsec') * 1000 as integer))`
  );
}

/** Those of the positions that belong to the claim. */
function among({ positions }: ClaimRow, wanted: readonly number[]): readonly number[] {
  const own = new Set(positions);
  return wanted.filter((position) => own.has(position));
}

function part({ positions, deliveries }: ClaimRow, belongs: (position: number) => boolean) {
  const indexes = positions.flatMap((position, index) => (belongs(position) ? [index] : []));
  return {
    positions: indexes.map((index) => positions[index] ?? 0),
    deliveries: indexes.map((index) => deliveries[index] ?? 0),
  };
}

function laneOf(lane: unknown, position: unknown): Lane[] {
  return typeof lane === 'string' ? [{ lane, position: Number(position) }] : [];
}
