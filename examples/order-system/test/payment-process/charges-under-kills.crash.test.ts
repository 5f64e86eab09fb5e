import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForReading, type SqliteHandle } from '../../src/sqlite/open-database.ts';
import { ProgramUnderTest, reportOf } from '../run-program.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ORDERS = 240;
const PAYMENTS_BETWEEN_KILLS = 15;
/** Some orders are cancelled before anybody pays for them. */
const LAST_KILL = ORDERS - 20;
/** Patience for a machine that has much to do. */
const LONG_MS = 300_000;

/** The process of a program that was started last, and how many there were. */
function latest(program: ProgramUnderTest, name: string): { readonly number: number; readonly pid: number } {
  const started = [...program.stdout.matchAll(new RegExp(`${name} (\\d+) started \\(process (\\d+)\\)`, 'g'))].at(-1);
  return { number: Number(started?.[1]), pid: Number(started?.[2]) };
}

async function until(program: ProgramUnderTest, isSo: () => boolean): Promise<void> {
  while (!isSo() && program.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Kills the provider and the payment service in turn, each time some orders have been paid. Returns how often. */
async function killInTurn(program: ProgramUnderTest, db: SqliteHandle): Promise<number> {
  const count = db.prepare<[], number>('select count(*) from payment').pluck();
  const paid = () => count.get() ?? 0;
  let kills = 0;
  for (let next = PAYMENTS_BETWEEN_KILLS; next < LAST_KILL; next = paid() + PAYMENTS_BETWEEN_KILLS) {
    await until(program, () => paid() >= next);
    const name = kills % 2 === 0 ? 'payment' : 'provider';
    const { number, pid } = latest(program, name);
    process.kill(pid, 'SIGKILL');
    kills += 1;
    await until(program, () => latest(program, name).number > number);
  }
  return kills;
}

test('F5.1, F6.3: payment and provider are killed again and again, and every order is charged once and paid once', {
  timeout: LONG_MS,
}, async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const program = new ProgramUnderTest(['--seed', '3', '--count', String(ORDERS), '--data', data]);
  await program.hasWritten(/relay 1 started/);
  const db = openForReading(join(data, 'payment.sqlite3'));
  const kills = await killInTurn(program, db);
  db.close();
  const { code, stdout } = await program.result;
  expect([code, stdout.match(/FAIL.*/g)]).toEqual([0, null]);
  expect(kills).toBeGreaterThanOrEqual(5);
  const audited = await new ProgramUnderTest(['--json', '--audit', data]).result;
  expect(reportOf(audited)).toMatchObject({ accepted: ORDERS, ok: true });
});
