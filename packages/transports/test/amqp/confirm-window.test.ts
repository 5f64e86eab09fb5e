import { describe, expect, test } from 'vitest';
import { ConfirmWindow, type WrittenMessage } from '../../src/amqp/confirm-window.ts';

function openWindow(size = 8, bytes = 1_000) {
  const decided: string[] = [];
  const window = new ConfirmWindow({
    size,
    bytes,
    decide: ({ index, answer, isReturned }) => decided.push(`${index} ${isReturned ? 'returned' : answer}`),
  });
  const add = (key: string | null, bytesOfOne = 1) => {
    const written = { index: window.nextTag, key, bytes: bytesOfOne, writtenAt: 0, answer: 'none', isReturned: false };
    window.add(written as WrittenMessage);
  };
  return { window, decided, add };
}

describe('ConfirmWindow', () => {
  test('messages with a key are decided in the order of writing, others as soon as they are answered', () => {
    const { window, decided, add } = openWindow();
    for (const key of ['a', null, 'b', 'a']) add(key);
    window.answer({ deliveryTag: 4, multiple: false }, 'ack');
    window.answer({ deliveryTag: 2, multiple: false }, 'ack');
    expect(decided).toEqual(['2 ack']);
    window.answer({ deliveryTag: 1, multiple: false }, 'nack');
    expect(decided).toEqual(['2 ack', '1 nack']);
    window.answer({ deliveryTag: 3, multiple: true }, 'ack');
    expect(decided).toEqual(['2 ack', '1 nack', '3 ack', '4 ack']);
    expect(window.isEmpty).toBe(true);
  });

  test('a return concerns the message with that number alone', () => {
    const { window, decided, add } = openWindow();
    for (const key of ['a', 'a', 'a']) add(key);
    window.markReturned(2);
    window.markReturned(99);
    window.answer({ deliveryTag: 3, multiple: true }, 'ack');
    expect(decided).toEqual(['1 ack', '2 returned', '3 ack']);
  });

  test('an answer that comes twice, or to nothing, changes nothing', () => {
    const { window, decided, add } = openWindow();
    add(null);
    window.answer({ deliveryTag: 1, multiple: false }, 'ack');
    window.answer({ deliveryTag: 1, multiple: false }, 'nack');
    window.answer({ deliveryTag: 7, multiple: true }, 'ack');
    expect(decided).toEqual(['1 ack']);
  });

  test('it is bounded by count and by bytes, and always takes one', () => {
    const { window, add } = openWindow(3, 100);
    expect(window.hasRoomFor(5_000)).toBe(true);
    add('a', 60);
    expect([window.hasRoomFor(40), window.hasRoomFor(41)]).toEqual([true, false]);
    add('a', 1);
    add('a', 1);
    expect(window.hasRoomFor(1)).toBe(false);
    window.answer({ deliveryTag: 1, multiple: false }, 'ack');
    expect(window.hasRoomFor(98)).toBe(true);
  });

  test('at its end every message is decided once, with the answer that came', () => {
    const { window, decided, add } = openWindow();
    for (const key of ['a', null, 'b', null]) add(key);
    window.answer({ deliveryTag: 3, multiple: false }, 'ack');
    window.answer({ deliveryTag: 4, multiple: false }, 'ack');
    window.end();
    expect(decided).toEqual(['4 ack', '1 none', '2 none', '3 ack']);
  });
});
