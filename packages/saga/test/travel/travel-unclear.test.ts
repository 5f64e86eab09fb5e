import { UnknownResultError } from '@holdfast/saga';
import { scenario } from '@holdfast/saga/scenario';
import { expect, test } from 'vitest';
import { events, travelSaga } from './travel-saga.ts';

const tripId = 't-1';

/** Flight and car are booked, and nobody knows about the hotel. */
const unclear = scenario(travelSaga)
  .given(events.tripRequested({ tripId, traveller: 'Ada', card: '4242', cents: 9 }))
  .given(events.flightBooked({ tripId, ref: 'F' }), events.carBooked({ tripId, ref: 'C' }))
  .given(events.hotelUnclear({ tripId }));

test('what could not be undone without its result is refused while a person asks for it, not after what is undone before it', () => {
  unclear.expect({ state: 'bookings:uncertain' });
  expect(() => unclear.when({ action: 'compensate' })).toThrow(UnknownResultError);
});

test('a success that support has been told of by telephone lets it be undone', () => {
  unclear
    .when({ action: 'cancel' })
    .when(events.carCancelled({ tripId }))
    .when(events.flightCancelled({ tripId }))
    .expect({ state: 'bookings:uncertain' })
    .when(events.hotelBooked({ tripId, ref: 'H' }))
    .expect({ state: 'hotel:compensating' })
    .when(events.hotelCancelled({ tripId }))
    .expect({ state: 'compensated', timers: [] });
});
