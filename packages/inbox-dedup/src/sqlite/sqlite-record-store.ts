import { bytesColumn, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { inboxTables } from '../store/inbox-tables.ts';
import type { MessageIdentity } from '../store/message-identity.ts';
import { inLockOrder, recordedAs } from '../store/record-answers.ts';
import { recordKey } from '../store/record-key.ts';
import type { RecordEntry, Recorded, RecordStore } from '../store/record-store.ts';

/** Records on SQLite: a statement for each, because it has no round trips to save; a longer one would only be compiled longer. */
export class SqliteRecordStore implements RecordStore {
  readonly #insert: string;
  readonly #look: string;
  readonly #remove: string;

  constructor(names: TableNames) {
    const { record } = inboxTables(names);
    const where = 'where consumer = ?1 and source = ?2 and id = ?3';
    this.#insert = `insert into ${record} (consumer, source, id, digest) values (?1, ?2, ?3, ?4) on conflict do nothing`;
    this.#look = `select digest from ${record} ${where}`;
    this.#remove = `delete from ${record} ${where}`;
  }

  async record(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]> {
    const present = new Map<string, Uint8Array>();
    for (const entry of inLockOrder(entries)) {
      const { consumer, source, id, digest } = entry;
      const { rowCount } = await executor.execute({ text: this.#insert, values: [consumer, source, id, digest] });
      if (rowCount === 0) await this.#find(executor, entry, present);
    }
    return recordedAs(entries, present);
  }

  async look(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]> {
    const present = new Map<string, Uint8Array>();
    for (const entry of entries) await this.#find(executor, entry, present);
    return recordedAs(entries, present);
  }

  async forget(executor: SqlExecutor, { consumer, source, id }: MessageIdentity): Promise<boolean> {
    const { rowCount } = await executor.execute({ text: this.#remove, values: [consumer, source, id] });
    return rowCount === 1;
  }

  async #find(executor: SqlExecutor, entry: MessageIdentity, present: Map<string, Uint8Array>): Promise<void> {
    const { rows } = await executor.execute({ text: this.#look, values: [entry.consumer, entry.source, entry.id] });
    const [row] = rows;
    if (row !== undefined) present.set(recordKey(entry), bytesColumn(row, 'digest'));
  }
}
