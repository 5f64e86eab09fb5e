import { expect, test, vi } from 'vitest';
import { builtInProperties, type Exploration, type ExploreOptions, explore } from '../../src/checks/index.ts';
import * as events from '../shop/events.ts';
import { orderSaga } from '../shop/order-saga.ts';
import { broken, reacting } from './broken-saga.ts';
import {
  always,
  atRest,
  brittleShop,
  does,
  nothingDone,
  type OrderNames,
  placed,
  refund,
  refundBlindly,
  release,
  type ShopWorld,
  shop,
} from './shop-world.ts';

// Tens of thousands of states, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

type Options = Partial<ExploreOptions<OrderNames, ShopWorld>>;

const refusal = { orderId: 'o1', reason: 'no' };
/** Without timers that run out, money and goods are asked back once each, and in order. */
const withoutTimers: Options = { bounds: { timers: 0 } };

function exploreOrder(definition: typeof orderSaga, options: Options = {}): Exploration {
  const common = { start: [placed], world: nothingDone, participants: shop, always, finally: atRest };
  return explore(definition, { ...common, ...options });
}

/** What happens in each step, shortly. */
function stepsOf({ violation }: Exploration): readonly string[] {
  return (
    violation?.steps.map(({ name, to, redelivered, kind }) => {
      return kind === 'command' ? name : `${name}${redelivered ? ' again' : ''} > ${to}`;
    }) ?? []
  );
}

const paid = ['orderPlaced > paying', 'requestPayment', 'paymentSucceeded > reserving'];
const reserved = [...paid, 'reserveStock', 'stockReserved > delivering'];

test('the order saga holds in all of its runs, with duplicates, silence and compensations that fail', () => {
  const { elapsedMs, states, transitions, ...result } = exploreOrder(orderSaga, { participants: brittleShop });
  expect(result).toEqual({ depth: 30, complete: true, cut: [], unreached: ['payment_uncertain'], violation: null });
  expect(states).toBeGreaterThan(40_000);
  expect(transitions).toBeGreaterThan(states);
  expect(elapsedMs).toBeGreaterThan(0);
});

test('a compensation that is missing is found', () => {
  const saga = broken(orderSaga, 'reserving', ({ events: reactions }) => ({
    events: reacting(reactions, 'stockFailed', () => ({ to: 'cancelled', when: null, send: [] })),
  }));
  const result = exploreOrder(saga);
  expect(result.violation?.property).toBe('a cancelled order costs nothing');
  expect(stepsOf(result)).toEqual([...paid, 'reserveStock', 'stockFailed > cancelled']);
});

test('S3: compensations in the wrong order are found', () => {
  const property = 'goods come back before the money goes back';
  const options: Options = {
    ...withoutTimers,
    always: { [property]: ({ world }) => world.refunds === 0 || world.reserved === world.released },
  };
  const saga = broken(orderSaga, 'delivering', ({ events: reactions }) => ({
    events: reacting(reactions, 'deliveryFailed', ({ to }) => ({ when: to === 'refunding' ? null : () => false })),
  }));
  expect(exploreOrder(orderSaga, options)).toMatchObject({ cut: ['timers'], violation: null });
  const result = exploreOrder(saga, options);
  expect(result.violation?.property).toBe(property);
  expect(stepsOf(result)).toEqual([...reserved, 'scheduleDelivery', 'deliveryFailed > refunding', 'refundPayment']);
});

test('S6: a late success that is not refunded is found', () => {
  const saga = broken(orderSaga, 'cancelled', ({ events: reactions }) => ({
    events: reacting(reactions, 'paymentSucceeded', null),
  }));
  const result = exploreOrder(saga);
  expect(result.violation?.property).toBe('a cancelled order costs nothing');
  expect(stepsOf(result)).toEqual([
    'orderPlaced > paying',
    'requestPayment',
    'answer > cancelled',
    'paymentSucceeded > cancelled',
  ]);
});

test('a timer that is not cancelled is found', () => {
  const property = 'a refund is sent again only when one failed';
  const options: Options = {
    participants: {
      ...shop,
      releaseStock: does(release, events.stockReleased(refusal), events.releaseFailed(refusal)),
    },
    always: { [property]: ({ state, timers }) => state !== 'refunding' || !timers.includes('retry') },
  };
  const saga = broken(orderSaga, 'releasing', ({ events: reactions }) => ({
    events: reacting(reactions, 'stockReleased', () => ({ cancel: [] })),
  }));
  expect(exploreOrder(orderSaga, options)).toMatchObject({ complete: true, violation: null });
  const result = exploreOrder(saga, options);
  expect(result.violation?.property).toBe(property);
  expect(stepsOf(result)).toEqual([
    ...reserved,
    'answer > releasing',
    'releaseStock',
    'answer > releasing',
    'releaseStock',
    'releaseFailed > releasing',
    'stockReleased > refunding',
  ]);
});

test('S7: a duplicate answer that is refunded twice is found', () => {
  const property = 'no more is refunded than was charged';
  const options: Options = {
    ...withoutTimers,
    participants: { ...shop, refundPayment: does(refundBlindly, events.paymentRefunded(refusal)) },
    always: { [property]: ({ world }) => world.refunds <= world.charges },
  };
  const saga = broken(orderSaga, 'cancelled', ({ events: reactions }) => ({
    events: reacting(reactions, 'paymentSucceeded', ({ to }) => (to === 'refunding' ? { when: null } : {})),
  }));
  expect(exploreOrder(orderSaga, options)).toMatchObject({ cut: ['timers'], violation: null });
  expect(exploreOrder(saga, { ...options, bounds: { timers: 0, duplicates: 0 } }).violation).toBeNull();
  const result = exploreOrder(saga, options);
  expect(result.violation?.property).toBe(property);
  expect(stepsOf(result)).toEqual([
    ...paid,
    'reserveStock',
    'stockFailed > refunding',
    'refundPayment',
    'paymentRefunded > cancelled',
    'paymentSucceeded again > refunding',
    'refundPayment',
  ]);
});

test('a timer that is left in a final state is found', () => {
  const saga = broken(orderSaga, 'delivering', ({ events: reactions }) => ({
    events: reacting(reactions, 'deliveryScheduled', () => ({ schedule: [{ timer: 'answer', afterMs: 1 }] })),
  }));
  const result = exploreOrder(saga);
  expect(result.violation).toMatchObject({
    property: builtInProperties.noTimerLeft,
    detail: 'timer "answer" is set in "completed"',
  });
  expect(stepsOf(result)).toEqual([...reserved, 'scheduleDelivery', 'deliveryScheduled > completed']);
});

test('S4: a state that waits silently for ever is found', () => {
  const participants = { ...shop, requestPayment: does((world) => world, null) };
  expect(exploreOrder(orderSaga, { participants })).toMatchObject({ complete: true, violation: null });
  const result = exploreOrder(
    broken(orderSaga, 'paying', () => ({ timers: new Map() })),
    { participants },
  );
  expect(result.violation?.property).toBe(builtInProperties.neverStuck);
  expect(stepsOf(result)).toEqual(['orderPlaced > paying', 'requestPayment']);
});

test('an event that is refused is found', () => {
  const saga = broken(orderSaga, 'cancelled', ({ events: reactions, unexpected }) => ({
    events: reacting(reactions, 'paymentSucceeded', null),
    unexpected: new Map([...unexpected, ['paymentSucceeded', 'fail']]),
  }));
  const result = exploreOrder(saga);
  expect(result.violation).toMatchObject({
    property: builtInProperties.noneRefused,
    detail: '"paymentSucceeded": state "cancelled" refuses it',
  });
  expect(stepsOf(result)).toHaveLength(4);
  expect(result.violation?.steps.at(-1)).toMatchObject({ name: 'paymentSucceeded', outcome: 'failed' });
});

test('S5: a compensation that is sent again for ever is found, with the steps that repeat', () => {
  const saga = broken(orderSaga, 'refunding', ({ events: reactions, timers }) => {
    const again = timers.get('retry')!.transitions[0]!;
    return { events: new Map([...reactions, ['refundFailed', [{ ...again, when: null, data: null }]]]) };
  });
  const participants = {
    ...shop,
    refundPayment: does(refund, events.paymentRefunded(refusal), events.refundFailed(refusal)),
  };
  expect(exploreOrder(orderSaga, { participants }).violation).toBeNull();
  const { violation } = exploreOrder(saga, { participants });
  expect(violation).toMatchObject({ property: builtInProperties.comesToRest, repeatsFrom: 6 });
  expect(violation?.steps.slice(6).map(({ name }) => name)).toEqual(['refundPayment', 'refundFailed']);
  expect(violation?.text).toContain(
    '   and now, for ever:\n  7. refundPayment is taken: refuses; answers refundFailed',
  );
  expect(violation?.diagram).toContain('  loop for ever\n  s-)p3: 7. refundPayment');
  expect(exploreOrder(saga, { participants, endless: 'allow' }).violation).toBeNull();
});

test('a guard that throws is found', () => {
  const saga = broken(orderSaga, 'reserving', ({ events: reactions }) => ({
    events: reacting(reactions, 'stockFailed', () => ({
      when: () => {
        throw new Error('no rule for this');
      },
    })),
  }));
  const result = exploreOrder(saga);
  expect(result.violation).toMatchObject({ property: builtInProperties.noThrow, detail: 'Error: no rule for this' });
  expect(stepsOf(result)).toEqual([...paid, 'reserveStock', 'stockFailed > reserving']);
});

test('data that does not fit is found', () => {
  const saga = broken(orderSaga, 'reserving', ({ events: reactions }) => ({
    events: reacting(reactions, 'stockReserved', () => ({ data: () => ({ orderId: 3 }) })),
  }));
  const result = exploreOrder(saga);
  expect(result.violation?.property).toBe(builtInProperties.dataFits);
  expect(stepsOf(result)).toEqual([...paid, 'reserveStock', 'stockReserved > reserving']);
});

test('a counterexample is told in numbered steps and drawn as a sequence diagram', () => {
  const saga = broken(orderSaga, 'cancelled', ({ events: reactions }) => ({
    events: reacting(reactions, 'paymentSucceeded', null),
  }));
  const lifelines = { requestPayment: 'payment', refundPayment: 'payment' };
  const { violation } = exploreOrder(saga, { lifelines, world: { ...nothingDone, reserved: 2, released: 2 } });
  expect(violation?.text).toBe(
    [
      'Saga "order": "a cancelled order costs nothing" does not hold: its function says false.',
      'The shortest way there has 4 steps:',
      '  1. orderPlaced arrives: begins → paying; sends requestPayment; sets timer answer',
      '  2. payment takes requestPayment: does it; answers paymentSucceeded; charges 0 → 1',
      '  3. timer answer runs out: paying → cancelled [nothing to undo]; sends orderCancelled',
      '  4. paymentSucceeded arrives: ignored, in cancelled',
      'State: cancelled (final). World: {"cancelled":0,"charges":1,"refunds":0,"released":2,"reserved":2,"scheduled":0}.',
      'Timers: none. On their way: nothing.',
    ].join('\n'),
  );
  expect(violation?.diagram).toBe(
    [
      'sequenceDiagram',
      '  participant s as order',
      '  participant p1 as start',
      '  participant p2 as payment',
      '  p1-)s: 1. orderPlaced',
      '  Note over s: begins → paying',
      '  s-)p2: 2. requestPayment',
      '  Note over p2: does it, charges 0 → 1',
      '  s->>s: 3. timer answer runs out',
      '  Note over s: paying → cancelled',
      '  p2-)s: 4. paymentSucceeded',
      '  Note over s: ignored in cancelled',
      '  Note over s: a cancelled order costs nothing#58; its function says false',
    ].join('\n'),
  );
});
