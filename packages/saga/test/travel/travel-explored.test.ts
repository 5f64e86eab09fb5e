import type { SagaDefinition } from '@holdfast/saga';
import { type Exploration, explore, lint, participantsOf } from '@holdfast/saga/checks';
import { expect, test, vi } from 'vitest';
import { broken, reacting } from '../checks/broken-saga.ts';
import { events, travelSaga } from './travel-saga.ts';

// Tens of thousands of states, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const tripId = 't-1';
const because = () => ({ tripId, why: 'busy' });

function explored(saga: typeof travelSaga): Exploration {
  return explore(saga, {
    start: [events.tripRequested({ tripId, traveller: 'Ada', card: '4242', cents: 9 })],
    ...participantsOf(saga, {
      answers: {
        flightBooked: () => ({ tripId, ref: 'F' }),
        flightRefused: because,
        hotelBooked: () => ({ tripId, ref: 'H' }),
        hotelRefused: because,
        carBooked: () => ({ tripId, ref: 'C' }),
        carRefused: because,
        paid: () => ({ tripId, paymentId: 'P' }),
        paymentRefused: because,
        ticketsFailed: because,
      },
    }),
    operator: ['cancel', 'retry', 'compensate', 'dismiss'],
    bounds: { duplicates: 0, timers: 1, operator: 1 },
  });
}

test('a journey with parallel bookings, an unclear payment and a point of no return holds in all runs, also cancelled ones', () => {
  expect(lint(travelSaga)).toEqual([]);
  expect(explored(travelSaga)).toMatchObject({ violation: null, cut: ['operator', 'timers'] });
});

test('a flight that is left booked beside a hotel that is full is found, by the shortest way', () => {
  const careless = broken(travelSaga as SagaDefinition, 'bookings', ({ events: reactions }) => ({
    events: reacting(reactions, 'hotelRefused', (edge) =>
      edge.to === 'flight:compensating' ? { to: 'compensated', send: [] } : {},
    ),
  }));
  const { violation } = explored(careless as typeof travelSaga);
  expect(violation?.property).toBe('a compensated instance has left nothing');
  expect(violation?.steps.at(-1)?.name).toBe('hotelRefused');
  expect(violation?.steps.map(({ name }) => name)).toContain('flightBooked');
});
