import type { Delivery } from '@holdfast/core';
import { deadLetterAttributes } from '../../src/dead-letter/dead-letter.ts';
import { type BrokenTransport, brokenDelivery, changedAttributes } from './broken-transport.ts';

/** Changes one attribute of dead letters. */
function brokenMark(what: string, name: string, change: (value: string) => string | undefined): BrokenTransport {
  return brokenDelivery(what, ({ envelope }) => ({
    envelope: {
      ...envelope,
      attributes: changedAttributes(envelope.attributes, (value, one) => (one === name ? change(value) : value)),
    },
  }));
}

const noMessage =
  'F5.10: what is no message moves to the dead-letter queue with its bytes and a reason, and those behind it are delivered';

export const brokenDeadLetterers: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'the dead letters of two queues that share a dead-letter queue say where they come from': [
    brokenMark('names the dead-letter queue as their origin', deadLetterAttributes.queue, () => 'dead'),
    brokenMark('forgets where they come from', deadLetterAttributes.queue, () => undefined),
  ],
  'a dead letter says when, and how often it was delivered, and can be acked and handed back as any message': [
    brokenMark('does not count', deadLetterAttributes.count, () => '0'),
    brokenMark('does not say when', deadLetterAttributes.time, () => undefined),
    brokenMark('says when in seconds', deadLetterAttributes.time, () => '1970-01-21T00:00:00.000Z'),
    brokenDelivery('loses dead letters that are handed back', (inner, _, queue) => ({
      retry: (delayMs) => (queue === 'dead' ? inner.ack() : inner.retry(delayMs)),
    })),
    brokenDelivery('loses the mark of what is handed back', (inner, { broker }, queue) => ({
      retry: async (delayMs) => {
        if (queue !== 'dead') return inner.retry(delayMs);
        await inner.ack();
        await broker.declare({ queue: 'shadow', types: ['again'] });
        await broker.publish([{ ...inner.envelope, type: 'again' }]);
      },
    })),
  ],
  'a reason of any text dead-letters the message, which keeps its bytes and attributes': [
    brokenDelivery('refuses reasons with control characters', (inner) => ({
      deadLetter: async (reason) => {
        if (/\p{Cc}/u.test(reason)) throw new Error('Invalid header value.');
        await inner.deadLetter(reason);
      },
    })),
    brokenDelivery('loses messages with long reasons', (inner) => ({
      deadLetter: (reason) => (reason.length > 1_000 ? inner.ack() : inner.deadLetter(reason)),
    })),
    brokenDelivery('says why in other words', (inner) => ({ deadLetter: () => inner.deadLetter('rejected') })),
  ],
  [noMessage]: [
    { what: 'delivers what is no message', foreign: async (delivery: Delivery) => delivery },
    {
      what: 'drops what is no message',
      foreign: async (delivery: Delivery) => {
        await delivery.ack();
        return null;
      },
    },
    {
      what: 'rejects for what is no message',
      foreign: async () => {
        throw new SyntaxError('Unexpected end of JSON input');
      },
    },
    {
      what: 'leaves what is no message in the queue',
      foreign: async (delivery: Delivery) => {
        await delivery.retry(1_000);
        return null;
      },
    },
    {
      what: 'does not say why',
      foreign: async (delivery: Delivery) => {
        await delivery.deadLetter('');
        return null;
      },
    },
  ],
};
