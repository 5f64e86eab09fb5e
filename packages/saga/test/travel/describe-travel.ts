import type { Message, OutgoingMessage } from '@holdfast/core';
import { ActionRefusedError } from '@holdfast/saga';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ShopDatabase } from '../shop/shop-database.ts';
import { Agency, type Answering } from './travel-agency.ts';
import { commands, events, travelSaga } from './travel-saga.ts';

vi.setConfig({ testTimeout: 120_000 });

const tripId = 't-1';
const request = { tripId, traveller: 'Ada', card: '4242-4242', cents: 90_000 };
const support = { actor: 'grace', reason: 'the customer called' };

/** What partners answer, by the type of the command. */
function partners(answers: Readonly<Record<string, OutgoingMessage | null>> = {}): Answering {
  const all: Readonly<Record<string, OutgoingMessage | null>> = {
    [commands.bookFlight.type]: events.flightBooked({ tripId, ref: 'F' }),
    [commands.cancelFlight.type]: events.flightCancelled({ tripId }),
    [commands.bookHotel.type]: events.hotelBooked({ tripId, ref: 'H' }),
    [commands.cancelHotel.type]: events.hotelCancelled({ tripId }),
    [commands.bookCar.type]: events.carBooked({ tripId, ref: 'C' }),
    [commands.cancelCar.type]: events.carCancelled({ tripId }),
    [commands.pay.type]: events.paid({ tripId, paymentId: 'P' }),
    [commands.refund.type]: events.refunded({ tripId }),
    [commands.sendTickets.type]: events.ticketsSent({ tripId }),
    ...answers,
  };
  return ({ type }: Message) => {
    const answer = all[type] ?? null;
    return answer === null ? [] : [answer];
  };
}

/** A journey from its request to its end, over real queues, inboxes, outbox and timers. */
export function describeTravel(name: string, database: () => Promise<ShopDatabase>): void {
  const open = async (answering: Answering) => {
    const agency = await new Agency(await database(), travelSaga, answering).open();
    onTestFinished(() => agency.close());
    return agency;
  };

  describe(`a booked journey on ${name}`, () => {
    test('bookings that succeed are paid, and the tickets are sent', async () => {
      const agency = await open(partners());
      await agency.send(events.tripRequested(request));
      await agency.untilState(tripId, 'completed');
      expect(agency.asked.slice(-2)).toEqual([commands.pay.type, commands.sendTickets.type]);
      const story = await agency.story(tripId);
      expect(story).not.toContain('4242');
    });

    test('what was booked beside a hotel that is full is cancelled in reverse, and the customer is told why', async () => {
      const agency = await open(partners({ [commands.bookHotel.type]: events.hotelRefused({ tripId, why: 'full' }) }));
      await agency.send(events.tripRequested(request));
      await agency.untilState(tripId, 'compensated');
      expect(agency.asked.filter((type) => type.endsWith('cancel'))).toEqual(['car.cancel', 'flight.cancel']);
    });

    test('a customer cancels while the payment is under way; when it turns out to be taken, it is refunded', async () => {
      const agency = await open(partners({ [commands.pay.type]: null }));
      await agency.send(events.tripRequested(request));
      await agency.untilState(tripId, 'payment');
      await agency.operations.cancel({ saga: 'trip', key: tripId }, { actor: 'customer', reason: 'changed plans' });
      await agency.untilState(tripId, 'compensated');
      await agency.send(events.paid({ tripId, paymentId: 'P' }));
      await agency.untilState(tripId, 'payment:compensating');
      await agency.untilState(tripId, 'compensated');
      expect(agency.asked.filter((type) => type === commands.tripCancelled.type)).toHaveLength(1);
    });

    test('tickets that cannot be sent wait for a person; a journey that is paid is not cancelled any more', async () => {
      const agency = await open(partners({ [commands.sendTickets.type]: null }));
      await agency.send(events.tripRequested(request));
      await agency.untilState(tripId, 'tickets');
      const refused = agency.operations.cancel({ saga: 'trip', key: tripId }, support);
      await expect(refused).rejects.toThrow(ActionRefusedError);
      await agency.elapse(60_000);
      await agency.untilState(tripId, 'tickets:stuck');
      agency.answering = partners();
      await agency.operations.retry({ saga: 'trip', key: tripId }, support);
      await agency.untilState(tripId, 'completed');
      expect(await agency.story(tripId)).toContain('grace');
    });
  });
}
