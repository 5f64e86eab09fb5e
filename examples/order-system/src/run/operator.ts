import type { SagaId, SagaOperations } from '@holdfast/saga';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { RunEvent } from './run-options.ts';

export interface OperatorOptions {
  readonly operations: Pick<SagaOperations<SqliteHandle>, 'list' | 'act'>;
  /** Does what it takes that what failed can succeed: here, somebody talks to the payment provider. */
  readonly removeCause: () => void;
  readonly onEvent: (event: RunEvent) => void;
}

const PAGE = 100;
const FAILED = ':compensation_failed';
const ACTOR = 'operator of the run';

/** The person who looks after orders that stand still because something could not be undone. */
export class Operator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** Removes the cause and lets those orders go on. Returns how many there were. */
  async attend(): Promise<number> {
    const { operations, removeCause, onEvent } = this.#options;
    const { instances } = await operations.list({ saga: 'order', kinds: ['attention'], limit: PAGE });
    const failed = Map.groupBy(
      instances.filter(({ state }) => state.endsWith(FAILED)),
      ({ state }) => state,
    );
    for (const [state, orders] of failed) {
      onEvent({ type: 'compensation-failed', state, orders: orders.length, example: orders[0]?.key ?? '' });
      removeCause();
      for (const order of orders) await this.#resume(order);
      onEvent({ type: 'compensation-resumed', state, orders: orders.length });
    }
    return [...failed.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async #resume({ saga, key }: SagaId): Promise<void> {
    const { operations } = this.#options;
    const reason = 'the provider gives money back again';
    await operations.act({ saga, key }, { action: 'resume', actor: ACTOR, reason });
  }
}
