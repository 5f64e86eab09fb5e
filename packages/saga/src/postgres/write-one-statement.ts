import type { SqlStatement } from '@holdfast/sql';
import { HISTORY_COLUMNS, historyValues } from '../rows/history-row.ts';
import { STORED_COLUMNS } from '../rows/saga-row.ts';
import type { SagaTables } from '../store/saga-tables.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { PreparedNames } from './prepared-names.ts';
import { MET_BY_KEY } from './write-statement.ts';

/** What {@link WriteOneStatements} takes apart from the instance. */
interface Shape {
  readonly begins: boolean;
  readonly schedules: boolean;
  readonly cancels: boolean;
  readonly fails: boolean;
}

/** Of the instance and of its entry, in the order of the parameters. */
const INSTANCE = 11;
const ENTRY_TYPES = ['bigint', ...Array<string>(11).fill('text')];
const MORE = INSTANCE + ENTRY_TYPES.length + 1;

/**
 * Nearly all writes: one instance with one entry of history, at most one timer that is set and one that is cancelled, nothing parked. Without
 * arrays it costs the server half. Its row count is 1, or the version was another one.
 */
export class WriteOneStatements {
  readonly #tables: SagaTables;
  readonly #names: PreparedNames;
  readonly #texts = new Map<string, string>();

  constructor(tables: SagaTables, names: PreparedNames) {
    this.#tables = tables;
    this.#names = names;
  }

  /** `null`: it is not such a write. `fails`: with another version it ends in an error that {@link isOtherVersion} knows. */
  write(write: SagaWrite, { fails }: { readonly fails: boolean }): SqlStatement | null {
    const { history, schedule, park, release, expectedVersion } = write;
    const cancel = cancelledOnly(write);
    const [entry] = history;
    if (entry === undefined || history.length > 1 || schedule.length > 1 || cancel.length > 1) return null;
    if (park.length > 0 || release.length > 0) return null;
    const shape = {
      begins: expectedVersion === null,
      schedules: schedule.length > 0,
      cancels: cancel.length > 0,
      fails,
    };
    return {
      text: this.#text(shape),
      values: [
        ...instanceValues(write),
        ...historyValues(entry),
        ...schedule.flatMap(({ timer, afterMs }) => [timer, write.version, Math.round(afterMs)]),
        ...cancel,
      ],
      ...this.#names.of(`write_one_${nameOf(shape)}`),
    };
  }

  #text(shape: Shape): string {
    const name = nameOf(shape);
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const { history } = this.#tables;
    const parts = [this.#instance(shape), ...this.#timers(shape)];
    const entry = ENTRY_TYPES.map((type, index) => `$${INSTANCE + 1 + index}::${type}`).join(', ');
    const text = `with ${parts.join(',\n')}
insert into ${history} (saga, key, ${HISTORY_COLUMNS}) select saga, $2, ${entry}
from ${shape.fails ? '(select) nothing left join written on version > 0' : 'written where version > 0'}`;
    this.#texts.set(name, text);
    return text;
  }

  #instance({ begins }: Shape): string {
    const values = Array.from({ length: INSTANCE - 1 }, (_, index) => `$${index + 1}`).join(', ');
    return `written as (insert into ${this.#tables.instance} as i (${STORED_COLUMNS}, started_at, changed_at, finished_at, purge_at)
  select ${values}, c.at, c.at, case when $${INSTANCE}::bigint is not null then c.at end, c.at + $${INSTANCE} * interval '1 ms'
  from (select clock_timestamp() as at) c ${begins ? 'on conflict do nothing' : MET_BY_KEY} returning saga, key, version)`;
  }

  #timers({ schedules, cancels }: Shape): readonly string[] {
    const { timer } = this.#tables;
    const scheduled = `scheduled as (insert into ${timer} (saga, key, timer, epoch, due_at)
  select saga, key, $${MORE}, $${MORE + 1}, clock_timestamp() + $${MORE + 2}::bigint * interval '1 ms' from written where version > 0
  on conflict (saga, key, timer) do update set
  epoch = excluded.epoch, due_at = excluded.due_at, failures = 0, last_error = null)`;
    const cancelled = `cancelled as (delete from ${timer} where saga = $1 and key = $2 and timer = $${MORE + (schedules ? 3 : 0)})`;
    return [...(schedules ? [scheduled] : []), ...(cancels ? [cancelled] : [])];
  }
}

/** The parts of a statement do not see each other: a timer that is cancelled and set must not be removed. */
function cancelledOnly({ cancel, schedule }: SagaWrite): readonly string[] {
  return cancel.filter((timer) => schedule.every((set) => set.timer !== timer));
}

/** A history has no entry of no saga. */
export function isOtherVersion(error: unknown, historyTable: string): boolean {
  const { code, table, column } = (error ?? {}) as Readonly<Record<string, unknown>>;
  return code === '23502' && table === historyTable && column === 'saga';
}

function nameOf({ begins, schedules, cancels, fails }: Shape): string {
  return `${begins ? 'i' : 'u'}${schedules ? 's' : ''}${cancels ? 'c' : ''}${fails ? 'f' : ''}`;
}

function instanceValues(write: SagaWrite): readonly unknown[] {
  const { saga, key, definitionVersion, state, kind, data, transitions, correlationId, parked, keepMs } = write;
  const version = write.expectedVersion === null ? write.version : -write.expectedVersion;
  return [saga, key, definitionVersion, state, kind, data, version, transitions, correlationId, parked, keepMs];
}
