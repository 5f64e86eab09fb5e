import { postgresPreflight } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { postgresTestDatabase } from '@holdfast/sql/testing';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';

async function levelsWith(version: 15 | 18, options: string) {
  const { url, drop } = await postgresTestDatabase(version);
  const pool = new pg.Pool({ connectionString: url, options });
  pool.on('error', () => {});
  onTestFinished(async () => {
    await pool.end();
    await drop();
  });
  const findings = await postgresPreflight(new PgDatabase(pool));
  return Object.fromEntries(findings.map(({ subject, level }) => [subject.replace('postgres.', ''), level]));
}

describe.each([15, 18] as const)('postgresPreflight on PostgreSQL %i', (version) => {
  test('reads the settings that the connection really has', async () => {
    const careless =
      '-c synchronous_commit=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c default_transaction_deferrable=on';
    expect(await levelsWith(version, careless)).toMatchObject({
      server_version_num: 'ok',
      synchronous_commit: 'refuse',
      statement_timeout: 'warn',
      idle_in_transaction_session_timeout: 'warn',
      default_transaction_deferrable: 'warn',
      clock: 'ok',
    });
    const careful = '-c synchronous_commit=on -c statement_timeout=30s -c idle_in_transaction_session_timeout=1min';
    expect(await levelsWith(version, careful)).toMatchObject({
      synchronous_commit: 'ok',
      statement_timeout: 'ok',
      idle_in_transaction_session_timeout: 'ok',
      transaction_isolation: 'ok',
    });
  });
});
