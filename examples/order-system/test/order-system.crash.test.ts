import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ENDINGS, type Ending } from '../src/audit/endings.ts';
import { openDatabase } from '../src/sqlite/open-database.ts';
import { ProgramUnderTest, reportOf } from './run-program.ts';
import { temporaryFolder } from './temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const HAPPENS: readonly Ending[] = ENDINGS.filter(
  (ending) => ending !== 'cancelled otherwise' && ending !== 'waits for a person',
);

const run = (...args: readonly string[]) => new ProgramUnderTest(args).result;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('F4.1, F4.4, F6.3, F13.2: nothing is lost or done twice when the transport goes down, and relay, provider and payment are killed', async () => {
  const data = join(folder.path, 'data');
  const finished = await run('--json', '--seed', '7', '--count', '600', '--data', data);
  expect(finished.stderr).toMatch(/transport DOWN.*transport UP.*kill -9 for the relay.*relay 2 takes over/s);
  expect(finished.stderr).toMatch(/kill -9 for the payment provider: it has charged, and nobody knows it/);
  const report = reportOf(finished);
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(report).toMatchObject({ accepted: 600, rejectedLines: 0, ok: true });
  expect(finished.code).toBe(0);
  const duplicates = report.invariants.find(({ name }) => name === 'the run was disturbed')?.detail;
  expect(duplicates).toMatch(/relay \(2 in turn\), provider \(2\), payment \(2\); [1-9][\d,]* duplicates arrived/);

  // S1 to S6: every ending happens, the one that takes a person too.
  const endings = new Map(report.endings.map(({ ending, orders }) => [ending, orders]));
  expect(HAPPENS.filter((ending) => (endings.get(ending) ?? 0) === 0)).toEqual([]);
  expect(endings.get('waits for a person')).toBe(0);
  expect(endings.get('not over')).toBe(0);
  expect(finished.stderr).toMatch(
    /orders stand still in "payment:compensation_failed".*a person has talked to the provider/s,
  );
  expect(finished.stderr).toMatch(/product service AWAY.*product service BACK.*review desk: [1-9]/s);

  // The databases stay, say the same again, and are not run over.
  const audited = await run('--json', '--audit', data);
  expect([audited.code, reportOf(audited).accepted]).toEqual([0, 600]);
  expect(await run('--data', data)).toMatchObject({ code: 2, stdout: '' });

  const db = openDatabase(join(data, 'payment.sqlite3'));
  db.exec("update payment set amount = amount + 1 where state = 'paid' and rowid < 10");
  db.close();
  const tampered = await run('--json', '--audit', data);
  expect(tampered.code).toBe(1);
  expect(reportOf(tampered).ok).toBe(false);
  expect(reportOf(tampered).invariants.find(({ name }) => name === 'money is conserved')?.ok).toBe(false);
});

test('a file with bad lines: they are reported by number on stderr, and the rest goes through', async () => {
  const file = join(folder.path, 'orders.csv');
  const lines = [
    'orderId,customerId,productId,quantity,unitPrice',
    'A-1,c-1,p-1,2,12.50',
    'A-2,c-2,p-1,0,1.00',
    '"A-1",c-1,"p ""2"", big",1,0.10',
    'A-2,c-2,p-2,1,1.00',
    '',
    'A-3,c-3,p-1,1,-5',
    'A-4,c-4,p-1,1,9999999999.99',
    'A-4,c-4,p-1,1,0.01',
    'A-5,c-5,p-1,3,0.07',
  ];
  writeFileSync(file, lines.join('\r\n'));
  const finished = await run('--json', '--orders', file);
  for (const reason of [
    'line 3: quantity "0"',
    'line 5: rejected with its order "A-2"',
    'line 7: unitPrice "-5"',
    'line 8: Order "A-4" was refused',
    'line 9: Order "A-4" was refused',
  ]) {
    expect(finished.stderr).toContain(reason);
  }
  const report = reportOf(finished);
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(report).toMatchObject({ accepted: 2, rejectedLines: 5, ok: true });
  expect(report.invariants.find(({ name }) => name === 'money is conserved')?.detail).toContain('charged 25.31');
  expect(finished.code).toBe(0);
});

test('bad usage ends with 2, says what is wrong and how it is used, and leaves stdout alone', async () => {
  for (const args of [['--nope'], ['--orders', '/no/such/file'], ['--orders', 'a', '--seed', '1'], ['--audit', '/']]) {
    const { code, stdout, stderr } = await run('--json', ...args);
    expect([args, code, stdout]).toEqual([args, 2, '']);
    expect(stderr).toContain('Usage: npm start');
  }
  expect(await run('--help')).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--orders FILE') });
});

test('F13.2: the relay ends by itself when the process with the broker is killed', async () => {
  const data = join(folder.path, 'data');
  const program = new ProgramUnderTest(['--data', data]);
  await program.hasWritten(/relay 1 publishes/);
  program.child.kill('SIGKILL');
  // They share stderr, so it closes when both are gone.
  await program.result;
  expect(reportOf(await run('--json', '--audit', data)).invariants[0]).toMatchObject({ ok: false });
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('F13.1: %s ends the relay and removes the temporary folder', async (signal, code) => {
  const program = new ProgramUnderTest();
  const [, data = ''] = await program.hasWritten(/databases in (\S+) \(removed at the end\)/);
  const [, pid] = await program.hasWritten(/process (\d+)\).*relay 1 publishes/s);
  expect(data.startsWith(tmpdir())).toBe(true);
  expect(readdirSync(data)).toContain('order.sqlite3');
  program.child.kill(signal);
  expect((await program.result).code).toBe(code);
  expect(existsSync(data)).toBe(false);
  expect(isRunning(Number(pid))).toBe(false);
});
