import { TransientError } from '@holdfast/core';
import {
  bytesColumn,
  isBegunWithMark,
  numberColumn,
  type SqlExecutor,
  type TableNames,
  textColumn,
} from '@holdfast/sql';
import type { MessageIdentity } from '../store/message-identity.ts';
import { inLockOrder, recordedAs } from '../store/record-answers.ts';
import { recordKey } from '../store/record-key.ts';
import type { RecordEntry, Recorded, RecordStore } from '../store/record-store.ts';
import { RecordStatements } from './record-statements.ts';

export interface PostgresRecordStoreOptions {
  readonly prepared: boolean;
}

/** A record may be removed between the insert that met it and the look at it. */
const MAX_ROUNDS = 5;

const NEW: readonly Recorded[] = ['new'];

/**
 * Records on PostgreSQL: one statement for any number of new messages, one more when there are others. Under REPEATABLE
 * READ and SERIALIZABLE a record that was committed after the transaction's snapshot ends in a serialization failure.
 */
export class PostgresRecordStore implements RecordStore {
  readonly #statements: RecordStatements;

  constructor(names: TableNames, options: PostgresRecordStoreOptions) {
    this.#statements = new RecordStatements(names, options);
  }

  async record(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]> {
    if (entries.length === 0) return [];
    let open = entries.length === 1 ? entries : inLockOrder(entries);
    const present = new Map<string, Uint8Array>();
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const known = await this.#insert(executor, open);
      if (known.length === 0) return entries.length === 1 ? NEW : recordedAs(entries, present);
      const digests = await this.#digests(executor, known);
      for (const [key, digest] of digests) present.set(key, digest);
      open = known.filter((entry) => !digests.has(recordKey(entry)));
      if (open.length === 0) return recordedAs(entries, present);
    }
    throw new TransientError(
      'Messages could neither be recorded nor found: records were removed again and again, or BEGIN was refused.',
    );
  }

  async look(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]> {
    return entries.length === 0 ? [] : recordedAs(entries, await this.#digests(executor, entries));
  }

  async forget(executor: SqlExecutor, identity: MessageIdentity): Promise<boolean> {
    const { rowCount } = await executor.execute(this.#statements.remove(identity));
    return rowCount === 1;
  }

  /** Returns those that were not inserted, because they are there. */
  async #insert(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly RecordEntry[]> {
    const { rows, rowCount } = await executor.execute(this.#statements.insert(entries, isBegunWithMark(executor)));
    if (rowCount === entries.length) return [];
    const inserted = new Set(rows.map(identityOf).map(recordKey));
    return entries.filter((entry) => !inserted.has(recordKey(entry)));
  }

  async #digests(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const { rows } = await executor.execute(this.#statements.look(entries));
    const digests = new Map<string, Uint8Array>();
    for (const row of rows) {
      const entry = entries[numberColumn(row, 'entry') - 1];
      if (entry !== undefined) digests.set(recordKey(entry), bytesColumn(row, 'digest'));
    }
    return digests;
  }
}

function identityOf(row: Readonly<Record<string, unknown>>): MessageIdentity {
  return { consumer: textColumn(row, 'consumer'), source: textColumn(row, 'source'), id: textColumn(row, 'id') };
}
