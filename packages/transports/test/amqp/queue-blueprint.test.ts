import { describe, expect, test } from 'vitest';
import { parseQueueMark, queueMark } from '../../src/amqp/queue-blueprint.ts';
import { refusedDeclaration, replyCodeOf } from '../../src/amqp/refused-declaration.ts';

const properties = { queue: 'payment', types: ['a', 'b'], deadLetterQueue: 'dead', leaseMs: 30_000 };

describe('queueMark', () => {
  test('tells the lease, and whether types and dead-letter queue are the same', () => {
    const mark = parseQueueMark(queueMark(properties));
    expect(mark?.leaseMs).toBe(30_000);
    expect(parseQueueMark(queueMark({ ...properties, queue: 'other', leaseMs: 1 }))).toEqual({ ...mark, leaseMs: 1 });
    expect(parseQueueMark(queueMark({ ...properties, types: ['a'] }))?.types).not.toBe(mark?.types);
    const elsewhere = parseQueueMark(queueMark({ ...properties, deadLetterQueue: 'x' }));
    expect(elsewhere?.deadLetterQueue).not.toBe(mark?.deadLetterQueue);
  });

  test('leaves room in the 255 bytes of an error for the names of queue and virtual host', () => {
    expect(queueMark(properties).length).toBeLessThan(50);
  });

  test.each(['', 'hf1', 'hf1-dead', 'orders.dead', 'hf1-1-a-b', 'hf2-1-aaaaaaaaaaaa-bbbbbbbbbbbb'])(
    '%j is none',
    (text) => {
      expect(parseQueueMark(text)).toBeNull();
    },
  );
});

describe('refusedDeclaration', () => {
  const error = (text: string, code = 406) =>
    Object.assign(new Error(`Operation failed: QueueDeclare; ${code} (PRECONDITION-FAILED) with message "${text}"`), {
      code,
    });
  const refused = (current: string) =>
    error(
      `PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-routing-key' for queue 'it's a "queue"' in vhost '/': received '?' but current is ${current}`,
    );

  test('tells the argument and what it is', () => {
    const argument = 'x-dead-letter-routing-key';
    expect(refusedDeclaration(refused("'hf1-1-a-b'"))).toEqual({ argument, existing: 'hf1-1-a-b' });
    const typed = refused("the value 'dlx' of type 'longstr'");
    expect(refusedDeclaration(typed)).toEqual({ argument, existing: 'dlx' });
    expect(refusedDeclaration(refused('none'))).toEqual({ argument, existing: 'none' });
  });

  test('is null for another error, and for one that was cut', () => {
    expect(refusedDeclaration(error('NOT_FOUND - no queue', 404))).toBeNull();
    expect(refusedDeclaration(error("PRECONDITION_FAILED - inequivalent arg 'x-dead-letter-ro..."))).toBeNull();
    expect(refusedDeclaration('no error')).toBeNull();
    expect(replyCodeOf(error('', 404))).toBe(404);
    expect(replyCodeOf(new Error('Channel closed'))).toBeNull();
  });
});
