import type { AnySagaDefinition } from '@holdfast/saga';
import type { Check } from '@holdfast/testkit';
import { defineOrderSaga } from '../../../saga/test/shop/order-saga.ts';
import { ANSWER_MS } from './order-service.ts';
import type { SagaFacts } from './saga-facts.ts';

interface StoredOrder {
  readonly key: string;
  readonly state: string;
  readonly transitions: number;
}

interface HistoryRow {
  readonly key: string;
  readonly number: number;
  readonly cause: string;
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
  readonly at: number;
  readonly sent: readonly { readonly type: string; readonly id: string }[];
}

export const sagaChecks: readonly Check<SagaFacts>[] = [
  {
    name: 'each order has one saga, and it is over',
    check: (facts) => {
      const sagas = new Map(stored(facts).map((saga) => [saga.key, saga]));
      const open = facts.placed.filter((key) => !['completed', 'cancelled'].includes(sagas.get(key)?.state ?? ''));
      return [
        ...open.map((key) => `"${key}" is in "${sagas.get(key)?.state ?? 'no state'}".`),
        ...(sagas.size > facts.placed.length
          ? [`There are ${sagas.size} sagas of ${facts.placed.length} orders.`]
          : []),
      ];
    },
  },
  {
    name: 'what is completed is done, what is cancelled is undone',
    check: (facts) =>
      stored(facts).flatMap(({ key, state }) => {
        const kept = facts.keptBy(key);
        const wanted = state === 'completed' ? 3 : 0;
        return kept === wanted ? [] : [`"${key}" is ${state}, and keeps ${kept} effects.`];
      }),
  },
  {
    name: 'the history of each saga is a way through its definition, without a gap',
    check: (facts) => {
      const rows = history(facts);
      return stored(facts).flatMap((saga) =>
        historyProblems(
          saga,
          rows.filter(({ key }) => key === saga.key),
        ),
      );
    },
  },
  {
    name: 'a transition and what it sends exist together',
    check: (facts) => {
      const told = history(facts).flatMap(({ sent }) => sent.map(({ id }) => id));
      const query = "select id from holdfast_outbox_log where type <> 'order.placed'";
      const sent = facts.orders.query(query).map(({ id }) => String(id));
      return told.sort().join() === sent.sort().join()
        ? []
        : [`${told.length} are in histories, ${sent.length} were sent.`];
    },
  },
  {
    name: 'an order is told to be over as what it is',
    check: (facts) =>
      stored(facts).flatMap(({ key, state }) => {
        const types = history(facts).flatMap((row) => (row.key === key ? row.sent.map(({ type }) => type) : []));
        const completed = types.filter((type) => type === 'order.completed').length;
        const isRight = state === 'completed' ? completed === 1 : completed === 0 && types.includes('order.cancelled');
        return isRight ? [] : [`"${key}" is ${state}, and was told to be: ${types.join(', ')}.`];
      }),
  },
  {
    name: 'no answer is given up before its time',
    check: (facts) => {
      const rows = history(facts);
      return rows.flatMap((row, index) => {
        const entered = rows.slice(0, index).findLast((one) => one.key === row.key && entersState(one));
        const waited = row.at - (entered?.at ?? 0);
        const isEarly = row.cause === 'timer' && row.name === 'answer' && waited < ANSWER_MS;
        return isEarly ? [`"${row.key}" waited ${waited} ms in "${row.from}".`] : [];
      });
    },
  },
  {
    name: 'no timer and no parked event is left',
    check: ({ orders }) => [
      ...orders.query('select key from holdfast_saga_timer').map(({ key }) => `"${String(key)}" has a timer.`),
      ...orders.query('select key from holdfast_saga_parked').map(({ key }) => `"${String(key)}" has a parked event.`),
    ],
  },
  {
    name: 'nothing is a dead letter',
    check: ({ deadLetters }) => deadLetters().map((name) => `"${name}" is a dead letter.`),
  },
];

function stored({ orders }: SagaFacts): readonly StoredOrder[] {
  return orders
    .query('select key, state, transitions from holdfast_saga')
    .map((row) => ({ key: String(row['key']), state: String(row['state']), transitions: Number(row['transitions']) }));
}

function history({ orders }: SagaFacts): readonly HistoryRow[] {
  return orders.query('select * from holdfast_saga_history order by key, number').map((row) => ({
    key: String(row['key']),
    number: Number(row['number']),
    cause: String(row['cause']),
    name: String(row['name']),
    from: row['from_state'] === null ? null : String(row['from_state']),
    to: String(row['to_state']),
    at: Number(row['at']),
    sent: JSON.parse(String(row['sent'])),
  }));
}

/** In this saga an event that leaves the state as it is lets its timer run on. */
function entersState({ from, to, cause }: HistoryRow): boolean {
  return from !== to || cause !== 'event';
}

function historyProblems({ key, state, transitions }: StoredOrder, rows: readonly HistoryRow[]): string[] {
  const problems = rows.flatMap((row, index) => [
    ...(row.number === index + 1 ? [] : [`Entry ${index + 1} of "${key}" has number ${row.number}.`]),
    ...(row.from === (rows[index - 1]?.to ?? null) ? [] : [`Entry ${row.number} of "${key}" does not follow.`]),
    ...(isEdge(row) ? [] : [`"${key}" went from "${row.from}" to "${row.to}" by ${row.cause} "${row.name}".`]),
  ]);
  if (rows.at(-1)?.to !== state) problems.push(`"${key}" is in "${state}", and its history is not.`);
  if (rows.length !== transitions) problems.push(`"${key}" has ${rows.length} entries of ${transitions}.`);
  return problems;
}

const definition: AnySagaDefinition = defineOrderSaga();

function isEdge({ from, to, cause, name }: HistoryRow): boolean {
  const event = definition.eventName(name) ?? '';
  if (from === null) return definition.start.get(event)?.some((edge) => edge.to === to) ?? false;
  const state = definition.states.get(from);
  const edges =
    cause === 'event'
      ? state?.events.get(event)
      : cause === 'timer'
        ? state?.timers.get(name)?.transitions
        : state?.operator.get(name);
  return edges?.some((edge) => (edge.to ?? from) === to) ?? false;
}
