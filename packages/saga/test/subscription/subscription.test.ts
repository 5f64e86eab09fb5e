import { explore } from '@holdfast/saga/checks';
import { scenario } from '@holdfast/saga/scenario';
import { expect, test } from 'vitest';
import { cancelled, declined, MONTH_MS, paid, planChanged, subscribed, subscriptionSaga } from './subscription-saga.ts';

const DAY_MS = 86_400_000;
const subscriptionId = 's-1';
const begun = scenario(subscriptionSaga).given(subscribed({ subscriptionId, cents: 500 }));

test('it is charged every month, and a charge is asked for again until there is an answer', () => {
  begun
    .answering({ charge: ({ period }) => ({ afterMs: 2 * DAY_MS, event: paid({ subscriptionId, period }) }) })
    .after(MONTH_MS + 3 * DAY_MS)
    .expect({ state: 'active', sent: ['charge', 'charge'], data: { subscriptionId, cents: 500, period: 1 } })
    .after(MONTH_MS - DAY_MS)
    .expect({ state: 'due', sent: [{ charge: { subscriptionId, cents: 500, period: 2 } }], timers: ['answer'] });
});

test('who does not pay is reminded three times, and then it ends', () => {
  begun
    .answering({ charge: ({ period }) => declined({ subscriptionId, period }) })
    .untilQuiet()
    .expect({ state: 'ended', data: { subscriptionId, why: 'not paid' } })
    .given(paid({ subscriptionId, period: 1 }))
    .expect({ state: 'ended', outcome: 'ignored', timers: [] });
});

test('what a customer asks for during a pause happens after it, and no time is charged meanwhile', () => {
  begun
    .when({ action: 'pause' })
    .when(planChanged({ subscriptionId, cents: 900 }))
    .expect({ state: 'paused', parked: ['planChanged'], timers: [] })
    .after(12 * MONTH_MS)
    .when({ action: 'resume' })
    .expect({
      state: 'active',
      parked: [],
      data: { subscriptionId, cents: 900, period: 0 },
      timers: { month: MONTH_MS },
    })
    .when(cancelled({ subscriptionId }))
    .expect({ state: 'ended', sent: ['ended'] });
});

test('a decline that comes twice is found to count as two: who paid in time is ended', () => {
  const { violation } = explore(subscriptionSaga, {
    start: [subscribed({ subscriptionId, cents: 5 })],
    world: { charged: 0 },
    participants: {
      charge: ({ charged }, { data: { period } }, { redelivered }) => {
        if (redelivered) return [];
        const pays = { label: 'pays', world: { charged: period }, answers: [paid({ subscriptionId, period })] };
        return charged >= period
          ? [pays]
          : [pays, { label: 'declines', answers: [declined({ subscriptionId, period })] }];
      },
    },
    bounds: { timers: 5 },
    endless: 'allow',
    always: { 'who paid is not ended': ({ state, world }) => state !== 'ended' || world.charged === 0 },
  });
  const last = violation?.steps.slice(-3).map(({ name, redelivered }) => [name, redelivered]);
  expect(last).toEqual([
    ['charge', false],
    ['declined', true],
    ['dunning', false],
  ]);
});
