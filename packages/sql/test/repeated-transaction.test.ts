import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import {
  CommitUnknownError,
  RepeatedTransaction,
  TransactionConflictError,
  type TransactionRunner,
} from '@holdfast/sql';
import { expect, test } from 'vitest';

const conflict = () => new TransactionConflictError('a row');
const unknown = () => new CommitUnknownError();

/** A runner whose transactions end as they are told to, one after another. */
function repeated(ends: readonly (Error | null)[], attempts?: number) {
  const clock = new ManualClock();
  let runs = 0;
  const transaction = async (work: (tx: string) => Promise<unknown>) => {
    const result = await work('tx');
    const end = ends[runs];
    runs += 1;
    if (end instanceof Error) throw end;
    return result;
  };
  const transactions = { dialect: 'postgresql', transaction } as unknown as TransactionRunner<string>;
  const random = new SeededRandom(1);
  const options = { transactions, clock, random, ...(attempts !== undefined && { attempts }) };
  const run = async (signal = new AbortController().signal) => {
    const running = new RepeatedTransaction(options).run(async () => 'done', signal);
    running.catch(() => {});
    await clock.advance(60_000);
    return running;
  };
  return { run, runs: () => runs };
}

test('a transaction that lost against another one runs again', async () => {
  const { run, runs } = repeated([conflict(), conflict(), null]);
  expect(await run()).toEqual({ result: 'done', maybeBefore: false });
  expect(runs()).toBe(3);
});

test('it runs again when it is not known whether it was committed, and tells so', async () => {
  const { run } = repeated([unknown(), conflict(), null]);
  expect(await run()).toEqual({ result: 'done', maybeBefore: true });
});

test('the last error is thrown when its attempts are used up', async () => {
  const { run, runs } = repeated([conflict(), unknown(), null], 2);
  await expect(run()).rejects.toThrow(CommitUnknownError);
  expect(runs()).toBe(2);
});

test('any other error ends it at once', async () => {
  const { run, runs } = repeated([new Error('no such table'), null]);
  await expect(run()).rejects.toThrow('no such table');
  expect(runs()).toBe(1);
});

test('nothing is run when nobody wants it any more', async () => {
  const { run, runs } = repeated([null]);
  await expect(run(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(runs()).toBe(0);
});
