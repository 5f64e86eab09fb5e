import { expect, test } from 'vitest';
import { routingKeyOf } from '../../src/amqp/routing-key.ts';

test('a type is its own routing key, and what would be a pattern is written so that it is none', () => {
  expect(routingKeyOf('order.placed')).toBe('order.placed');
  expect(routingKeyOf('order.*.#')).toBe('order.%2A.%23');
  expect(routingKeyOf('100%')).toBe('100%25');
  expect(routingKeyOf('%2A')).not.toBe(routingKeyOf('*'));
});

test('a type that is too long is refused', () => {
  expect(routingKeyOf('ü'.repeat(127))).toHaveLength(127);
  expect(() => routingKeyOf('ü'.repeat(128))).toThrow('longer than 255 bytes');
});
