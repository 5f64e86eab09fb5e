import type { AnySagaDefinition } from '@holdfast/saga';
import { orderWorkflow } from './order-flow.ts';
import type { SagaDatabase } from './saga-database.ts';
import { sagaWay } from './saga-ways.ts';

export interface SagaFillingOptions {
  readonly definition: AnySagaDefinition;
  /** How many of its events an instance has had. */
  readonly events: number;
}

const INSTANCE =
  'definition_version, state, kind, data, version, transitions, correlation_id, parked, started_at, changed_at, finished_at, purge_at';
const HISTORY =
  'number, cause, name, message_source, message_id, from_state, to_state, label, changes, sent, actor, reason, at';

/** Instances as a runtime leaves them, as many as somebody asks for: one that it made, copied. */
export class SagaFilling {
  readonly #database: SagaDatabase;
  readonly #saga: string;
  readonly #template: string;

  private constructor(database: SagaDatabase, saga: string, template: string) {
    this.#database = database;
    this.#saga = saga;
    this.#template = template;
  }

  static async create(database: SagaDatabase, { definition, events }: SagaFillingOptions): Promise<SagaFilling> {
    const pool = database.pool({ max: 1, pipeline: true });
    const way = sagaWay({ pool, concurrency: 1, definition });
    const messages = orderWorkflow().slice(0, events);
    for (const message of messages) await way.handle([message]);
    await pool.end();
    return new SagaFilling(database, definition.name, messages[0]?.key ?? '');
  }

  /** Adds instances with their history; `name` tells them from those of another call. */
  async fill(count: number, name: string): Promise<void> {
    const copies = `cross join (select '${name}-' || n as copy from generate_series(1, ${count}) n) copies where saga = $1 and key = $2`;
    await this.#copy('holdfast_saga', INSTANCE, copies);
    await this.#copy('holdfast_saga_history', HISTORY, copies);
  }

  /** Sets a timer that has run out for each of them. */
  async setTimers(count: number, name: string, timer: string): Promise<void> {
    await this.#database.run(
      'insert into holdfast_saga_timer (saga, key, timer, epoch, due_at) ' +
        `select $1, '${name}-' || n, $2, 1, clock_timestamp() from generate_series(1, ${count}) n`,
      [this.#saga, timer],
    );
  }

  async #copy(table: string, columns: string, copies: string): Promise<void> {
    await this.#database.run(
      `insert into ${table} (saga, key, ${columns}) select saga, copy, ${columns} from ${table} ${copies}`,
      [this.#saga, this.#template],
    );
  }
}
