import type { SqlStatement } from '@holdfast/sql';
import { expect } from 'vitest';
import { checkSagaStoreRule, sagaStoreRules } from '../../../src/testing/describe-saga-store.ts';
import type { SagaStoreFixture } from '../../../src/testing/saga-store/saga-store-fixture.ts';
import { BrokenFixture } from './broken-statement.ts';

/** Of statements that a database does not understand: a store that is broken so proves nothing about a rule. */
const NONSENSE = /^(?:SQLITE_ERROR|SQLITE_RANGE|42|22|08)/;

/** Fails unless the rule fails, and for what it is about. */
export async function expectCaught(
  caughtBy: string,
  open: () => Promise<SagaStoreFixture>,
  change: (statement: SqlStatement) => SqlStatement,
): Promise<void> {
  const rule = sagaStoreRules.find(({ name }) => name === caughtBy);
  if (rule === undefined) throw new Error(`There is no rule "${caughtBy}".`);
  const opened: BrokenFixture[] = [];
  const checked = checkSagaStoreRule(rule, async () => {
    const broken = new BrokenFixture(await open(), change);
    opened.push(broken);
    return broken.fixture;
  });
  const failure = await checked.then(
    () => null,
    (error: unknown) => error,
  );
  expect(opened[0]?.changes, 'the statement is there').toBeGreaterThan(0);
  expect(failure, 'the rule fails').not.toBeNull();
  expect(codeOf(failure), String(failure)).not.toMatch(NONSENSE);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
