import { ManualClock } from '@holdfast/core/testing';
import { type PostgresDatabase, postgresPreflight, type SqlStatement } from '@holdfast/sql';
import { describe, expect, test } from 'vitest';

const good = {
  server_version_num: '150018',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  idle_in_transaction_session_timeout: '60000',
  statement_timeout: '30000',
  transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
};

/** A server with the given settings, whose clock stands at `nowMs`. */
function server(settings: Readonly<Record<string, string>>, nowMs: number): PostgresDatabase {
  const execute = async ({ text }: SqlStatement) => {
    const rows = text.includes('pg_settings')
      ? Object.entries({ ...good, ...settings }).map(([name, setting]) => ({ name, setting }))
      : [{ now_ms: nowMs }];
    return { rows, rowCount: rows.length };
  };
  return { dialect: 'postgresql', execute, transaction: (work) => work({ execute }) };
}

async function levelsOf(settings: Readonly<Record<string, string>>, skewMs = 0) {
  const clock = new ManualClock();
  const findings = await postgresPreflight(server(settings, clock.now() + skewMs), { clock });
  return Object.fromEntries(findings.map(({ subject, level }) => [subject, level]));
}

const allOk = {
  'postgres.server_version_num': 'ok',
  'postgres.fsync': 'ok',
  'postgres.full_page_writes': 'ok',
  'postgres.synchronous_commit': 'ok',
  'postgres.idle_in_transaction_session_timeout': 'ok',
  'postgres.statement_timeout': 'ok',
  'postgres.transaction_isolation': 'ok',
  'postgres.default_transaction_deferrable': 'ok',
  'postgres.clock': 'ok',
};

describe('postgresPreflight', () => {
  test('a well configured server is ok in every respect', async () => {
    expect(await levelsOf({})).toEqual(allOk);
  });

  test.each([
    ['server_version_num', '140012', 'refuse'],
    ['fsync', 'off', 'refuse'],
    ['full_page_writes', 'off', 'warn'],
    ['synchronous_commit', 'off', 'refuse'],
    ['idle_in_transaction_session_timeout', '0', 'warn'],
    ['statement_timeout', '0', 'warn'],
    ['transaction_isolation', 'serializable', 'warn'],
    ['default_transaction_deferrable', 'on', 'warn'],
  ])('%s = %s: %s, and nothing else', async (setting, value, level) => {
    expect(await levelsOf({ [setting]: value })).toEqual({ ...allOk, [`postgres.${setting}`]: level });
  });

  test.each(['local', 'remote_write', 'remote_apply'])(
    'synchronous_commit = %s survives a crash of the server',
    async (value) => {
      expect(await levelsOf({ synchronous_commit: value })).toEqual(allOk);
    },
  );

  test.each([
    [999, 'ok'],
    [-999, 'ok'],
    [1_500, 'warn'],
    [-3_600_000, 'warn'],
  ])('a clock that differs by %i ms: %s', async (skewMs, level) => {
    expect(await levelsOf({}, skewMs)).toEqual({ ...allOk, 'postgres.clock': level });
  });

  test('every finding is one sentence that names the value', async () => {
    const findings = await postgresPreflight(server({ synchronous_commit: 'off', fsync: 'off' }, Date.now()));
    for (const { message } of findings) {
      expect(message).toMatch(/^[^.]+(\.\d+)?[^.]*\.$/);
    }
    expect(findings.find(({ subject }) => subject === 'postgres.fsync')?.message).toContain('"off"');
  });
});
