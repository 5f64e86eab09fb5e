import { SeededRandom } from '@holdfast/core/testing';
import { describe, expect, test } from 'vitest';
import { AckWindow } from '../../src/amqp/ack-window.ts';

describe('AckWindow', () => {
  test('one ack covers all up to the first message that is held', () => {
    const window = new AckWindow();
    for (const tag of [3, 1, 2, 5]) window.ack(tag);
    expect(window.take()).toEqual({ upTo: 3, single: [5] });
    window.ack(4);
    expect(window.take()).toEqual({ upTo: 4, single: [] });
    window.ack(6);
    expect(window.take()).toEqual({ upTo: 6, single: [] });
    expect(window.take()).toEqual({ upTo: null, single: [] });
  });

  test('what was given back is no reason for single acks, and is not named itself', () => {
    const window = new AckWindow();
    window.ack(1);
    window.giveBack(2);
    expect(window.take()).toEqual({ upTo: 1, single: [] });
    window.giveBack(4);
    window.ack(3);
    window.ack(5);
    expect(window.take()).toEqual({ upTo: 5, single: [] });
  });

  test('every acked message is acked once, no held one ever, in any order', () => {
    const random = new SeededRandom(7);
    const window = new AckWindow();
    const held = new Set(Array.from({ length: 1_000 }, (_, index) => index + 1));
    const atBroker = new Set(held);
    const acked = new Set<number>();
    while (held.size > 20) {
      const choices = [...held].slice(0, 200);
      const tag = choices[Math.floor(random.next() * choices.length)] ?? 0;
      held.delete(tag);
      if (random.next() < 0.1) {
        window.giveBack(tag);
        atBroker.delete(tag);
      } else {
        window.ack(tag);
        acked.add(tag);
      }
      if (random.next() > 0.2) continue;
      const { upTo, single } = window.take();
      const confirmed = [...atBroker].filter((other) => (upTo !== null && other <= upTo) || single.includes(other));
      for (const other of confirmed) {
        expect(acked.delete(other), `${other} was acked`).toBe(true);
        atBroker.delete(other);
      }
      expect(acked.size).toBe(0);
    }
  });
});
