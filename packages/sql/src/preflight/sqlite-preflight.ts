import type { Finding, FindingLevel } from '@holdfast/core';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { SqlExecutor, SqlResult } from '../statement.ts';

const shortestBusyTimeoutMs = 1_000;

const settings = {
  file: "select file as value from pragma_database_list where name = 'main'",
  journalMode: 'select journal_mode as value from pragma_journal_mode',
  synchronous: 'select synchronous as value from pragma_synchronous',
  foreignKeys: 'select foreign_keys as value from pragma_foreign_keys',
  busyTimeout: 'select timeout as value from pragma_busy_timeout',
} as const;

type Setting = keyof typeof settings;

/**
 * Reads the settings of this connection that decide whether a commit is durable and how writers wait for each other,
 * with one finding for each. They are the connection's own, so check every connection that writes. Changes nothing.
 */
export function sqlitePreflight(database: SqliteDatabase): readonly Finding[] {
  return findings((setting) => settingOf(database.executeSync({ text: settings[setting], values: [] })));
}

/** {@link sqlitePreflight} by an executor that waits, of a transaction runner for one: for the connection that it uses. */
export async function sqliteExecutorPreflight(executor: SqlExecutor): Promise<readonly Finding[]> {
  const values = new Map<string, string>();
  for (const [setting, text] of Object.entries(settings)) {
    values.set(setting, settingOf(await executor.execute({ text, values: [] })));
  }
  return findings((setting) => values.get(setting) ?? '');
}

function findings(value: (setting: Setting) => string): readonly Finding[] {
  const journalMode = value('journalMode');
  return [
    fileFinding(value('file')),
    journalFinding(journalMode),
    synchronousFinding(value('synchronous'), journalMode),
    foreignKeysFinding(value('foreignKeys')),
    busyFinding(value('busyTimeout')),
  ];
}

function fileFinding(file: string): Finding {
  return file === ''
    ? finding('file', 'warn', 'The database is in memory: everything is lost when the process ends; use a file.')
    : finding('file', 'ok', 'The database is a file.');
}

function journalFinding(mode: string): Finding {
  if (mode === 'wal') {
    return finding('journal_mode', 'ok', 'journal_mode is "wal".');
  }
  if (mode === 'off' || mode === 'memory') {
    return finding(
      'journal_mode',
      'refuse',
      `journal_mode is "${mode}": a crash in a transaction corrupts the database; run "PRAGMA journal_mode = WAL".`,
    );
  }
  return finding(
    'journal_mode',
    'warn',
    `journal_mode is "${mode}": readers and the writer block each other; run "PRAGMA journal_mode = WAL".`,
  );
}

/** 0 OFF, 1 NORMAL, 2 FULL, 3 EXTRA. */
function synchronousFinding(level: string, journalMode: string): Finding {
  if (level === '0') {
    return finding(
      'synchronous',
      'refuse',
      'synchronous is OFF: a power loss loses commits or corrupts the database; run "PRAGMA synchronous = FULL".',
    );
  }
  if (level === '1') {
    const loss =
      journalMode === 'wal' ? 'a power loss may lose the last commits' : 'a power loss may corrupt the database';
    return finding('synchronous', 'warn', `synchronous is NORMAL: ${loss}; run "PRAGMA synchronous = FULL".`);
  }
  return finding('synchronous', 'ok', 'synchronous is FULL: a commit is on disk.');
}

function foreignKeysFinding(on: string): Finding {
  return on === '1'
    ? finding('foreign_keys', 'ok', 'foreign_keys is on.')
    : finding(
        'foreign_keys',
        'warn',
        'foreign_keys is off: SQLite does not check your references; run "PRAGMA foreign_keys = ON".',
      );
}

function busyFinding(timeout: string): Finding {
  return Number(timeout) >= shortestBusyTimeoutMs
    ? finding('busy_timeout', 'ok', `busy_timeout is ${timeout} ms.`)
    : finding(
        'busy_timeout',
        'warn',
        `busy_timeout is ${timeout} ms: a write fails at once when another connection is writing; set 5000.`,
      );
}

function settingOf({ rows }: SqlResult): string {
  return String(rows[0]?.['value'] ?? '');
}

function finding(setting: string, level: FindingLevel, message: string): Finding {
  return { subject: `sqlite.${setting}`, level, message };
}
