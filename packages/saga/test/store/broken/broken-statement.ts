import type { SqlExecutor, SqlStatement } from '@holdfast/sql';
import type { SagaStoreFixture } from '../../../src/testing/saga-store/saga-store-fixture.ts';

/** A store in which one statement is a little wrong. */
export interface BrokenStatement {
  /** What is wrong, behind "a store in which …". */
  readonly name: string;
  /** The rule of the suite that finds it. */
  readonly caughtBy: string;
  /** What is replaced, the first time in each statement that has it. */
  readonly from: string | RegExp;
  /** With `$1` for what was matched, where it is an expression. */
  readonly to: string;
}

/** A store whose statements are changed before they run. */
export class BrokenFixture {
  readonly fixture: SagaStoreFixture;
  /** How many statements were changed. */
  changes = 0;

  constructor(inner: SagaStoreFixture, change: (statement: SqlStatement) => SqlStatement) {
    const breaking = (executor: SqlExecutor): SqlExecutor => ({
      execute: (statement) => {
        const changed = change(statement);
        if (changed === statement) return executor.execute(statement);
        this.changes += 1;
        // Its name is that of the right one.
        return executor.execute({ text: changed.text, values: changed.values });
      },
    });
    this.fixture = {
      ...inner,
      executor: breaking(inner.executor),
      begin: async () => {
        const transaction = await inner.begin();
        return { ...transaction, executor: breaking(transaction.executor) };
      },
    };
  }
}

export function withReplaced({ from, to }: Pick<BrokenStatement, 'from' | 'to'>) {
  return (statement: SqlStatement): SqlStatement => {
    const text = typeof from === 'string' ? statement.text.replace(from, () => to) : statement.text.replace(from, to);
    return text === statement.text ? statement : { ...statement, text };
  };
}
