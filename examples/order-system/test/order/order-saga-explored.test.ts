import type { StateDefinition, TransitionDefinition } from '@holdfast/saga';
import { builtInProperties, type Exploration, type ExploreOptions, explore } from '@holdfast/saga/checks';
import { expect, test } from 'vitest';
import { orderSaga } from '../../src/order/order-saga.ts';
import { created, createdForReview } from './order-answers.ts';
import {
  always,
  atRest,
  inReverse,
  nothingDone,
  type OrderNames,
  type OrderWorld,
  participants,
} from './order-world.ts';

type OrderSaga = ReturnType<typeof orderSaga>;

const definition = orderSaga();

function exploring(saga: OrderSaga, options: Partial<ExploreOptions<OrderNames, OrderWorld>> = {}): Exploration {
  const result = explore(saga, {
    start: [created],
    world: nothingDone,
    participants,
    always,
    finally: atRest,
    ...options,
  });
  const { states, transitions, elapsedMs, violation } = result;
  console.log(
    `explored ${states.toLocaleString('en')} states, ${transitions.toLocaleString('en')} transitions in ` +
      `${Math.round(elapsedMs)} ms: ${violation === null ? 'no violation' : violation.property}`,
  );
  return result;
}

/** A copy with other reactions of one state: a definition is data. */
function broken(state: string, change: (state: StateDefinition) => Partial<StateDefinition>): OrderSaga {
  const old = definition.states.get(state);
  if (old === undefined) throw new Error(`There is no state ${state}.`);
  return {
    ...definition,
    states: new Map([...definition.states, [state, { ...old, ...change(old) }]]),
    eventName: (type: string) => definition.eventName(type),
    keyOf: (message: never) => definition.keyOf(message),
  };
}

function reacting(
  { events }: StateDefinition,
  event: string,
  change: (transition: TransitionDefinition) => Partial<TransitionDefinition>,
): Pick<StateDefinition, 'events'> {
  const changed = (events.get(event) ?? []).map((transition) => ({ ...transition, ...change(transition) }));
  return { events: new Map([...events, [event, changed]]) };
}

const namesOf = ({ violation }: Exploration) => violation?.steps.map(({ name }) => name) ?? [];

const paidOrder = ['orderCreated', 'orderPaymentRequested', 'paymentSucceeded'];
const reservedOrder = [...paidOrder, 'orderInventoryRequested', 'inventoryReserved'];

test('the order saga holds in all of its runs, whatever comes twice, late, or not at all', () => {
  const { violation, ...result } = exploring(definition);
  expect(violation?.text ?? null).toBeNull();
  expect(result).toMatchObject({ complete: true, cut: [], unreached: ['held'] });
});

test('it holds with a person who calls orders off, resumes them, and looks at them first', () => {
  const bounds = { duplicates: 0, operator: 2, timers: 2 };
  const { violation } = exploring(definition, {
    start: [createdForReview],
    operator: ['cancel', 'resume', 'release'],
    bounds,
  });
  expect(violation?.text ?? null).toBeNull();
});

test('S3: what was done last is undone first, as long as answers are in time', () => {
  const inTime = { always: inReverse, bounds: { timers: 0, operator: 0, duplicates: 1 } };
  expect(exploring(definition, inTime).violation?.text ?? null).toBeNull();
  const wrongOrder = broken('delivery', (state) =>
    reacting(state, 'deliveryFailed', ({ to }) => ({
      ...(to === 'stock:compensating' && transitionTo('payment:compensating')),
    })),
  );
  const result = exploring(wrongOrder, inTime);
  expect(result.violation?.property).toBe('what was done last is undone first');
  expect(namesOf(result)).toEqual([
    ...reservedOrder,
    'orderDeliveryRequested',
    'deliveryFailed',
    'paymentRefundRequested',
  ]);
});

test('S2: a compensation that is missing is found', () => {
  const saga = broken('stock', (state) => reacting(state, 'inventoryFailed', () => transitionTo('compensated')));
  const result = exploring(saga);
  expect(result.violation?.property).toBe('nothing is kept of a cancelled order');
  expect(namesOf(result)).toEqual([...paidOrder, 'orderInventoryRequested', 'inventoryFailed']);
});

test('S6: a late success that is not refunded is found', () => {
  const saga = broken('compensated', (state) => reacting(state, 'paymentSucceeded', () => ({ when: () => false })));
  const result = exploring(saga);
  expect(result.violation?.property).toBe('nothing is kept of a cancelled order');
  expect(result.violation?.steps).toHaveLength(4);
});

test('S4: a timer that is not cancelled is found', () => {
  const saga = broken('payment', (state) =>
    reacting(state, 'paymentFailed', () => ({ schedule: [{ timer: 'payment:timeout', afterMs: 1 }] })),
  );
  const result = exploring(saga);
  expect(result.violation?.property).toBe(builtInProperties.noTimerLeft);
  expect(namesOf(result)).toEqual(['orderCreated', 'orderPaymentRequested', 'paymentFailed']);
});

/** Leads there as the real transition does, with what it sends. */
function transitionTo(state: string): Partial<TransitionDefinition> {
  const found = [...definition.states.values()]
    .flatMap(({ events }) => [...events.values()].flat())
    .find(({ to }) => to === state);
  return { to: state, when: null, send: found?.send ?? [] };
}
