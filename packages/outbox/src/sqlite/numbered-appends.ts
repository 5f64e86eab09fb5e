import type { SqlStatement } from '@holdfast/sql';
import { TEXT_AFTER_NUMBER, textBeforeNumber } from '../rows/text-before-number.ts';
import type { LogRecord } from '../store/log-record.ts';
import { laneHash } from './lane-hash.ts';
import { NOW, type OutboxTables } from './outbox-tables.ts';

interface Series {
  readonly source: string;
  readonly stream: string;
  readonly key: string;
  count: number;
}

/**
 * The statements that write records of which some are numbered: first the last numbers move, then each record is written with
 * its place before the last. No other writer gets in between, so a statement for each record costs no round trip and no lock.
 */
export function numberedAppends(tables: OutboxTables, records: readonly LogRecord[]): readonly SqlStatement[] {
  const series = seriesOf(records);
  const draws = [...series.values()].map(({ source, stream, key, count }) => ({
    text:
      `insert into ${tables.numbers} (source, stream, key, last) values (?1, ?2, ?3, ?4) ` +
      'on conflict (source, stream, key) do update set last = last + excluded.last',
    values: [source, stream, key, count],
  }));
  const inserts = records.map((record) => {
    const one = series.get(nameOf(record));
    if (one !== undefined) one.count -= 1;
    return insert(tables, record, one?.count ?? 0);
  });
  return [...draws, ...inserts];
}

function seriesOf(records: readonly LogRecord[]): ReadonlyMap<string, Series> {
  const series = new Map<string, Series>();
  for (const record of records) {
    const { stream, envelope } = record;
    if (stream === undefined || envelope.key === null) continue;
    const name = nameOf(record);
    const one = series.get(name) ?? { source: envelope.source, stream, key: envelope.key, count: 0 };
    one.count += 1;
    series.set(name, one);
  }
  return series;
}

function nameOf({ stream, envelope }: LogRecord): string {
  return stream === undefined ? '' : JSON.stringify([envelope.source, stream, envelope.key]);
}

/** Drivers bind a number as a real one, which would end in ".0" as text. @param behind How many of its series come after it in the same call. */
function insert({ log, delayed, destination, numbers }: OutboxTables, record: LogRecord, behind: number): SqlStatement {
  const { key, id, source, type, body } = record.envelope;
  const attributes =
    record.stream === undefined
      ? '?6'
      : `?6 || (select last - cast(?9 as integer) from ${numbers} where source = ?4 and stream = ?8 and key = ?2) || '${TEXT_AFTER_NUMBER}'`;
  const columns = `key, id, source, type, attributes, body`;
  const values = `?2, ?3, ?4, ?5, ${attributes}, ?7`;
  const target =
    record.delayMs > 0
      ? `into ${delayed} (due_at, destination, ${columns}) ` +
        `values (${NOW} + ?1, (select name from ${destination} where name = ?10), ${values})`
      : `into ${log} (lane, ${columns}) ` +
        `values ((select first_lane + ?1 % lanes from ${destination} where name = ?10), ${values})`;
  const first = record.delayMs > 0 ? record.delayMs : laneHash(key ?? id);
  const { stream = null, destination: name } = record;
  return {
    text: `insert ${target}`,
    values: [first, key, id, source, type, textBeforeNumber(record), body, stream, behind, name],
  };
}
