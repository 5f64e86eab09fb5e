import { hostileNames } from '@holdfast/core/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QueueNames } from '../../src/sqs/queue-names.ts';
import { readTags, tagsOf } from '../../src/sqs/queue-tags.ts';

const name = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }),
    fc.stringMatching(/^[a-z._-]{1,100}$/),
    fc.constantFrom(...hostileNames),
  )
  .filter((one) => one !== '' && one.length <= 255);

describe('names of queues', () => {
  test('are what SQS takes, for any name', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(true, false), (queue, fifo) => {
        const sqsName = new QueueNames({ namespace: 'holdfast', fifo }).sqsNameOf(queue);
        expect(sqsName).toMatch(fifo ? /^[A-Za-z0-9_-]{1,75}\.fifo$/ : /^[A-Za-z0-9_-]{1,80}$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('differ when the names differ', () => {
    const names = new QueueNames({ namespace: 'holdfast', fifo: false });
    fc.assert(
      fc.property(fc.array(name, { minLength: 2, maxLength: 2 }), ([one = '', other = '']) => {
        expect(names.sqsNameOf(one) === names.sqsNameOf(other)).toBe(one === other);
      }),
      { numRuns: 1_000 },
    );
    const similar = [
      'a.b',
      'a_b',
      'a__b',
      'a-b',
      'a.-b',
      'a._b',
      'a_.b',
      'a..b',
      '.ab',
      'ab.',
      'a___b',
      names.sqsNameOf('a..b'),
    ];
    expect(new Set(similar.map((one) => names.sqsNameOf(one))).size).toBe(similar.length);
  });

  test('can be read by people', () => {
    const names = new QueueNames({ namespace: 'shop', fifo: true });
    expect(names.sqsNameOf('payment.dead-letter')).toBe('shop-payment__dead-letter.fifo');
    expect(names.sqsNameOf('my_queue')).toBe('shop-my_queue.fifo');
    expect(names.sqsNameOf('Zürich')).toMatch(/^shop-Z-rich___[0-9a-f]{16}\.fifo$/);
  });
});

describe('tags of a queue', () => {
  const tagged = {
    kind: 'queue',
    namespace: 'holdfast',
    delivery: 'direct',
    properties: { queue: 'payment', types: ['order.placed'], deadLetterQueue: 'payment.dead-letter', leaseMs: 30_000 },
  } as const;

  test('say what was declared, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), name, (types, queue) => {
        const wellFormed = [...new Set(types.map((type) => type.toWellFormed()))].sort();
        const properties = { ...tagged.properties, queue: queue.toWellFormed(), types: wellFormed };
        expect(readTags(tagsOf({ ...tagged, properties }))).toEqual({ ...tagged, properties });
      }),
    );
  });

  test('are what AWS takes', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (types) => {
        const tags = tagsOf({ ...tagged, properties: { ...tagged.properties, types } });
        expect(Object.keys(tags).length).toBeLessThanOrEqual(50);
        for (const [key, value] of Object.entries(tags)) {
          expect(key).toMatch(/^(?!aws:)[A-Za-z0-9_.:/=+@-]{1,128}$/i);
          expect(value).toMatch(/^[A-Za-z0-9_.:/=+@-]{0,256}$/);
        }
      }),
    );
  });

  test('can be read by people', () => {
    expect(tagsOf(tagged)).toMatchObject({ 'holdfast:types': 'order.placed', 'holdfast:lease-ms': '30000' });
    expect(tagsOf({ ...tagged, properties: { ...tagged.properties, types: ['*'] } })).toMatchObject({
      'holdfast:types': '=2A',
    });
  });

  test('that are not ours say nothing', () => {
    expect(readTags({})).toBeNull();
    expect(readTags({ ...tagsOf(tagged), 'holdfast:kind': 'other' })).toBeNull();
    expect(readTags({ ...tagsOf(tagged), 'holdfast:lease-ms': 'soon' })).toBeNull();
  });

  test('have room for many types, and too many are refused', () => {
    const types = Array.from({ length: 300 }, (_, index) => `order.event-${index}`).sort();
    expect(readTags(tagsOf({ ...tagged, properties: { ...tagged.properties, types } }))?.properties.types).toEqual(
      types,
    );
    const tooMany = Array.from({ length: 2_000 }, (_, index) => `order.event-${index}`);
    expect(() => tagsOf({ ...tagged, properties: { ...tagged.properties, types: tooMany } })).toThrow(
      expect.objectContaining({ code: 'ERR_CORE_INVALID_OPTION' }),
    );
  });
});
