import { numberColumn, type PostgresDatabase, type SqlRow } from '@holdfast/sql';
import type {
  AckedPositions,
  ClaimedPositions,
  ClaimMove,
  ClaimStore,
  DeadLetterMove,
  PulledBatch,
  PullMarks,
  PullOrder,
} from '../store/claim-store.ts';
import type { QueueRecord } from '../store/queue-record.ts';
import { pulledRowOf } from './pulled-row.ts';
import type { QueueObjects } from './queue-objects.ts';
import type { QueueStatement, QueueStatements } from './queue-statements.ts';

/** Claims on PostgreSQL: every call is one function of the database, in a transaction of its own and one round trip. */
export class PostgresClaimStore implements ClaimStore {
  readonly #database: PostgresDatabase;
  readonly #pull: QueueStatement;
  readonly #ack: QueueStatement;
  readonly #move: string;
  readonly #deadLetter: string;

  constructor(database: PostgresDatabase, objects: QueueObjects, statements: QueueStatements) {
    this.#database = database;
    this.#pull = statements.named(
      'pull',
      `select place as position, deliveries, id, source, type, key, attributes, body from ${objects.pullFunction}($1, $2, $3, $4, $5, $6, $7)`,
    );
    this.#ack = statements.named(
      'ack',
      `select held, positions from ${objects.ackFunction}($1, $2, $3::bigint[], $4::integer[], $5::bigint[])`,
    );
    this.#move = `select * from ${objects.moveFunction}($1, $2, $3::bigint[], $4, $5, $6)`;
    this.#deadLetter = `select ${objects.deadLetterFunction}($1, $2, $3, $4, $5, $6, $7, $8, $9) as moved`;
  }

  async pull({ queue, max, returnedShare, marks }: PullOrder): Promise<PulledBatch> {
    const { id, ordered, leaseMs } = queue;
    const values = [id, ordered, max, returnedShare, leaseMs, marks?.dueFrom ?? null, marks?.low ?? 0];
    const { rows } = await this.#database.execute({ ...this.#pull, values });
    const [description, ...messages] = rows;
    return {
      claim: Number(description?.id ?? 0),
      rows: messages.map(pulledRowOf),
      marks: marksOf(description),
      more: Number(description?.deliveries) === 1,
    };
  }

  async ack({ id, ordered }: QueueRecord, claims: readonly AckedPositions[]): Promise<readonly ClaimedPositions[]> {
    const values = [
      id,
      ordered,
      claims.map(({ claim }) => claim),
      claims.map(({ positions, isWhole }) => (isWhole ? -positions.length : positions.length)),
      claims.flatMap(({ positions, isWhole }) => (isWhole ? [] : positions)),
    ];
    const { rows } = await this.#database.execute({ ...this.#ack, values });
    const asked = new Map(claims.map(({ claim, positions }) => [claim, positions]));
    return rows.map(({ held, positions }) => ({
      claim: Number(held),
      positions: positions === null ? (asked.get(Number(held)) ?? []) : (positions as unknown[]).map(Number),
    }));
  }

  async move({ id }: QueueRecord, move: ClaimMove): Promise<ClaimedPositions> {
    const { claim, positions, dueInMs, leased, uncounted } = move;
    const values = [id, claim, positions, dueInMs, leased, uncounted];
    const { rows } = await this.#database.execute({ text: this.#move, values });
    const [row] = rows;
    if (row === undefined) return { claim, positions: [] };
    return { claim: numberColumn(row, 'claim'), positions: (row.positions as unknown[]).map(Number) };
  }

  async deadLetter({ id, ordered, deadLetterId }: QueueRecord, move: DeadLetterMove): Promise<boolean> {
    const { claim, position, source, type, attributes } = move;
    const values = [id, ordered, claim, position, deadLetterId ?? id, move.id, source, type, attributes];
    const { rows } = await this.#database.execute({ text: this.#deadLetter, values });
    return rows[0]?.moved === true;
  }
}

function marksOf(description: SqlRow | undefined): PullMarks | null {
  if (description === undefined || description.source === null) return null;
  return { dueFrom: numberColumn(description, 'source'), low: numberColumn(description, 'type') };
}
