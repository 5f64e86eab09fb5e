import { type Clock, type Finding, type FindingLevel, SystemClock } from '@holdfast/core';
import { numberColumn, textColumn } from '../columns.ts';
import type { PostgresDatabase } from '../postgres-database.ts';

export interface PostgresPreflightOptions {
  /** @default the system's clock */
  readonly clock?: Clock;
}

interface Judgement {
  readonly level: FindingLevel;
  readonly message: string;
}

interface SettingRule {
  readonly setting: string;
  judge(value: string): Judgement;
}

const oldestServer = 150_000;
const clockDifferenceMs = 1_000;

const ok = (message: string): Judgement => ({ level: 'ok', message });

/** Time-outs are in milliseconds, 0 means none. */
const rules: readonly SettingRule[] = [
  {
    setting: 'server_version_num',
    judge: (value) =>
      Number(value) >= oldestServer
        ? ok('The server is PostgreSQL 15 or newer.')
        : {
            level: 'refuse',
            message: `The server is older than PostgreSQL 15 (server_version_num is "${value}"): upgrade it.`,
          },
  },
  {
    setting: 'fsync',
    judge: (value) =>
      value === 'on'
        ? ok('fsync is on: a commit is on disk.')
        : {
            level: 'refuse',
            message: `fsync is "${value}": a crash of the machine loses commits or the cluster; turn it on.`,
          },
  },
  {
    setting: 'full_page_writes',
    judge: (value) =>
      value === 'on'
        ? ok('full_page_writes is on.')
        : {
            level: 'warn',
            message: `full_page_writes is "${value}": a crash of the machine can tear pages unless the file system cannot; turn it on.`,
          },
  },
  {
    setting: 'synchronous_commit',
    judge: (value) =>
      value === 'off'
        ? {
            level: 'refuse',
            message:
              'synchronous_commit is "off": a crash of the server loses the last commits although they were acknowledged; turn it on.',
          }
        : ok(`synchronous_commit is "${value}": an acknowledged commit survives a crash of the server.`),
  },
  {
    setting: 'idle_in_transaction_session_timeout',
    judge: (value) =>
      value === '0'
        ? {
            level: 'warn',
            message:
              'idle_in_transaction_session_timeout is not set: a client that vanished in a transaction keeps its locks until TCP notices; set it to a minute or so.',
          }
        : ok(`idle_in_transaction_session_timeout is ${value} ms.`),
  },
  {
    setting: 'statement_timeout',
    judge: (value) =>
      value === '0'
        ? {
            level: 'warn',
            message:
              'statement_timeout is not set: a slow statement goes on after its client gave up; set it on the pool ("statement_timeout") or the role.',
          }
        : ok(`statement_timeout is ${value} ms.`),
  },
  {
    setting: 'transaction_isolation',
    judge: (value) =>
      value === 'read uncommitted' || value === 'read committed'
        ? ok(`The default isolation level is "${value}".`)
        : {
            level: 'warn',
            message: `The default isolation level is "${value}": be ready to retry serialization failures.`,
          },
  },
  {
    setting: 'default_transaction_deferrable',
    judge: (value) =>
      value === 'on'
        ? {
            level: 'warn',
            message:
              'default_transaction_deferrable is "on": a statement that was sent right behind a BEGIN that the server then refuses would commit by itself; turn it off.',
          }
        : ok('default_transaction_deferrable is off.'),
  },
];

/**
 * Reads the settings that decide whether a commit is durable and what a lost client leaves behind, with one finding
 * for each. Changes nothing.
 */
export async function postgresPreflight(
  database: PostgresDatabase,
  { clock = new SystemClock() }: PostgresPreflightOptions = {},
): Promise<readonly Finding[]> {
  const { rows } = await database.execute({
    text: 'select name, setting from pg_catalog.pg_settings where name = any($1)',
    values: [rules.map(({ setting }) => setting)],
  });
  const values = new Map(rows.map((row) => [textColumn(row, 'name'), textColumn(row, 'setting')]));
  const findings = rules.map(({ setting, judge }) => finding(setting, judge(values.get(setting) ?? 'unknown')));
  return [...findings, await clockFinding(database, clock)];
}

async function clockFinding(database: PostgresDatabase, clock: Clock): Promise<Finding> {
  const before = clock.now();
  const { rows } = await database.execute({
    text: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms',
    values: [],
  });
  const after = clock.now();
  const server = numberColumn(rows[0] ?? {}, 'now_ms');
  // Anything between the two readings may be the same moment.
  const difference = Math.round(server < before ? server - before : server > after ? server - after : 0);
  return finding(
    'clock',
    Math.abs(difference) <= clockDifferenceMs
      ? ok('The clocks of this process and of the server agree within a second.')
      : {
          level: 'warn',
          message: `The server's clock differs from this process's by ${difference} ms: leases hold all the same, times in logs and messages do not compare; run NTP on both.`,
        },
  );
}

function finding(setting: string, judgement: Judgement): Finding {
  return { subject: `postgres.${setting}`, ...judgement };
}
