import type { Mutant } from '../hunt/mutant.ts';

const decide = 'packages/saga/src/decide/decide.ts';
const firing = 'packages/saga/src/runtime/timer-firing.ts';
const transactions = 'packages/saga/src/runtime/saga-transactions.ts';
const writes = 'packages/saga/src/sqlite/write-statements.ts';
const order = 'packages/saga/test/shop/order-transitions.ts';

export const sagaMutants: readonly Mutant[] = [
  {
    id: 'saga-stale-timer-fires',
    what: 'a timer that was due when the worker looked is fired, though it was cancelled or set anew in between',
    file: firing,
    find: '      .filter((timer) => set.has(timerText(timer)))\n',
    replace: '      .filter(() => set.size >= 0)\n',
    world: 'saga',
  },
  {
    id: 'saga-timer-removed-first',
    what: 'a timer is removed before the transaction that fires it',
    file: firing,
    find: '    const { report } = this.#options.parts;\n    const { result }',
    replace: `    const { report, store, transactions } = this.#options.parts;
    await store.timers.remove(transactions, due);
    const { result }`,
    also: {
      find: '      .filter((timer) => set.has(timerText(timer)))\n',
      replace: '      .filter(() => set.size >= 0)\n',
    },
    world: 'saga',
  },
  {
    id: 'saga-failed-timer-dropped',
    what: 'a timer that failed is dropped instead of being put off',
    file: firing,
    find: '    await parts.store.timers.postpone(parts.transactions, timer, failure);',
    replace: '    await parts.store.timers.remove(parts.transactions, [timer]);',
    world: 'saga',
  },
  {
    id: 'saga-timer-keeps-its-time',
    what: 'a timer that is set anew keeps the time that it had',
    file: writes,
    find: 'do update set epoch = excluded.epoch, due_at = excluded.due_at, failures = 0, last_error = null',
    replace: 'do nothing',
    world: 'saga',
  },
  {
    id: 'saga-starts-again',
    what: 'an event that begins an instance begins it again when it comes twice',
    file: decide,
    find: '  if (instance === null) return begin(',
    replace: "  if (instance === null || (input.kind === 'event' && definition.start.has(input.name))) return begin(",
    world: 'saga',
  },
  {
    id: 'saga-guards-ignored',
    what: 'the first transition is taken, whatever its guard says',
    file: decide,
    find: "when === null || synchronous(definition, 'when', when(data, input, context))",
    replace: "when === null || synchronous(definition, 'when', when(data, input, context)) || true",
    world: 'saga',
  },
  {
    id: 'saga-sends-half',
    what: 'of what the instances of a transaction send one message is forgotten',
    file: transactions,
    find: 'if (sent.length > 0) await outbox.enqueue(tx, sent);',
    replace: 'if (sent.length > 0) await outbox.enqueue(tx, sent.slice(0, sent.length > 1 ? -1 : 1));',
    world: 'saga',
  },
  {
    id: 'saga-sends-outside',
    what: 'commands are sent in a transaction of their own, after that of the transition',
    file: transactions,
    find: 'if (sent.length > 0) await outbox.enqueue(tx, sent);',
    replace: `if (sent.length > 0) {
      const own = this.#options.transactions as unknown as { transaction(work: (tx: Tx) => Promise<void>): Promise<void> };
      setTimeout(() => void own.transaction((other) => outbox.enqueue(other, sent)).catch(() => {}), 1);
    }`,
    world: 'saga',
  },
  {
    id: 'saga-data-not-written',
    what: 'the state is written and the data of an instance is not',
    file: writes,
    find: 'state = ?4, kind = ?5, data = ?6,',
    replace: 'state = ?4, kind = ?5, data = iif(?6 is null, ?6, data),',
    world: 'saga',
  },
  {
    id: 'saga-kind-not-written',
    what: 'what needs a person is not marked as such',
    file: writes,
    find: 'state = ?4, kind = ?5, data = ?6,',
    replace: 'state = ?4, kind = iif(?5 is null, ?5, kind), data = ?6,',
    world: 'saga',
  },
  {
    id: 'saga-history-forgotten',
    what: 'transitions by timers are not in the history',
    file: writes,
    find: 'for (const entry of write.history) {',
    replace: 'for (const entry of write.history.filter((one) => one.cause !== "timer")) {',
    world: 'saga',
  },
  {
    id: 'saga-late-success-kept',
    what: 'a payment that succeeds after its order was cancelled is kept',
    file: order,
    find: "  paymentSucceeded: undo(marked('payment', 'done'), ({ payment }) => payment === 'unknown'),\n",
    replace: '',
    world: 'saga',
  },
  {
    id: 'saga-no-compensation',
    what: 'an order that is given up does not refund the payment',
    file: order,
    find: "['delivery', 'stock', 'payment'] as const",
    replace: "['delivery', 'stock'] as const",
    world: 'saga',
  },
];
