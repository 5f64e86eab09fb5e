import { defineEvent } from '@holdfast/core';
import { sagaSteps } from '@holdfast/saga';
import { z } from 'zod';

const trip = z.object({ tripId: z.string() });
const event = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  defineEvent(type, { versions: { 1: trip.extend(shape) }, key: (data) => (data as { tripId: string }).tripId });

const euros = { cents: z.number().int() };
const ref = { ref: z.string() };
const why = { why: z.string() };

export const events = {
  tripRequested: event('trip.requested', { traveller: z.string(), card: z.string(), ...euros }),
  flightBooked: event('flight.booked', ref),
  flightRefused: event('flight.refused', why),
  flightCancelled: event('flight.cancelled', {}),
  flightStays: event('flight.not-cancelled', {}),
  hotelBooked: event('hotel.booked', ref),
  hotelRefused: event('hotel.refused', why),
  hotelUnclear: event('hotel.unclear', {}),
  hotelCancelled: event('hotel.cancelled', {}),
  carBooked: event('car.booked', ref),
  carRefused: event('car.refused', why),
  carCancelled: event('car.cancelled', {}),
  paid: event('payment.taken', { paymentId: z.string() }),
  paymentRefused: event('payment.refused', why),
  paymentUnclear: event('payment.unclear', {}),
  refunded: event('payment.refunded', {}),
  refundFailed: event('payment.refund-failed', {}),
  ticketsSent: event('tickets.sent', {}),
  ticketsFailed: event('tickets.failed', why),
} as const;

export const commands = {
  bookFlight: event('flight.book', { traveller: z.string() }),
  cancelFlight: event('flight.cancel', ref),
  bookHotel: event('hotel.book', { attempt: z.number() }),
  cancelHotel: event('hotel.cancel', ref),
  bookCar: event('car.book', {}),
  cancelCar: event('car.cancel', ref),
  pay: event('payment.take', { card: z.string(), ...euros }),
  refund: event('payment.refund', { paymentId: z.string() }),
  sendTickets: event('tickets.send', { flight: z.string(), hotel: z.string(), car: z.string() }),
  tripConfirmed: event('trip.confirmed', {}),
  tripCancelled: event('trip.cancelled', { because: z.string() }),
} as const;

/** Flight, hotel and car at the same time; then payment; the tickets are behind the point of no return. */
export const travelSaga = sagaSteps({
  name: 'trip',
  events,
  commands,
  start: { event: 'tripRequested' },
  unmatched: 'park',
  retentionMs: 30 * 86_400_000,
  redact: ['input.card'],
})
  .parallel('bookings', (group) =>
    group
      .step('flight', {
        command: { name: 'bookFlight', data: ({ input }) => ({ tripId: input.tripId, traveller: input.traveller }) },
        success: { event: 'flightBooked', keep: ({ data }) => ({ ref: data.ref }) },
        failure: 'flightRefused',
        reason: ({ data }) => data.why,
        timeout: { afterMs: 60_000, resend: 1, unanswered: 'compensate' },
        compensation: {
          command: {
            name: 'cancelFlight',
            data: ({ input, done }) => ({ tripId: input.tripId, ref: done.flight.ref }),
          },
          success: 'flightCancelled',
          failure: 'flightStays',
          attempts: 2,
        },
      })
      .step('hotel', {
        command: { name: 'bookHotel', data: ({ input, attempt }) => ({ tripId: input.tripId, attempt }) },
        success: { event: 'hotelBooked', keep: ({ data }) => data.ref },
        failure: 'hotelRefused',
        unclear: 'hotelUnclear',
        retry: { attempts: 2, delayMs: 5_000, when: ({ data }) => data.why === 'busy' },
        timeout: { afterMs: 30_000, unanswered: 'uncertain' },
        compensation: {
          command: { name: 'cancelHotel', data: ({ input, done }) => ({ tripId: input.tripId, ref: done.hotel }) },
          success: 'hotelCancelled',
        },
      })
      .step('car', {
        command: { name: 'bookCar', data: ({ input }) => ({ tripId: input.tripId }) },
        success: { event: 'carBooked', keep: ({ data }) => data.ref },
        failure: 'carRefused',
        timeout: { afterMs: 30_000, unanswered: 'compensate' },
        compensation: {
          command: { name: 'cancelCar', data: ({ input, done }) => ({ tripId: input.tripId, ref: done.car }) },
          success: 'carCancelled',
        },
      }),
  )
  .step('payment', {
    command: { name: 'pay', data: ({ input: { tripId, card, cents } }) => ({ tripId, card, cents }) },
    success: { event: 'paid', keep: ({ data }) => ({ paymentId: data.paymentId }) },
    failure: 'paymentRefused',
    reason: ({ data }) => data.why,
    unclear: 'paymentUnclear',
    timeout: { afterMs: 60_000, unanswered: 'uncertain' },
    compensation: {
      command: {
        name: 'refund',
        data: ({ input, done }) => ({ tripId: input.tripId, paymentId: done.payment.paymentId }),
      },
      success: 'refunded',
      failure: 'refundFailed',
      attempts: 2,
    },
  })
  .pointOfNoReturn()
  .step('tickets', {
    command: {
      name: 'sendTickets',
      data: ({ input, done }) => ({
        tripId: input.tripId,
        flight: done.flight.ref,
        hotel: done.hotel,
        car: done.car,
      }),
    },
    success: 'ticketsSent',
    failure: 'ticketsFailed',
    retry: { attempts: 2, delayMs: 1_000 },
    timeout: { afterMs: 60_000 },
  })
  .build({
    completed: { send: { tripConfirmed: ({ input }) => ({ tripId: input.tripId }) } },
    compensated: {
      send: { tripCancelled: ({ input, failure }) => ({ tripId: input.tripId, because: failure?.cause ?? 'unknown' }) },
    },
  });
