import type { Envelope } from '@holdfast/core';
import { expect, test } from 'vitest';
import { isOfLateCustomer } from '../../src/delivery/late-customer.ts';

test.each([
  ['c-late', true],
  ['c-late-remote', true],
  ['c-late-night', false],
  ['c-remote', false],
])('requests of customer %s are answered late: %s', (customerId, late) => {
  const body = Buffer.from(JSON.stringify({ customerId }));
  expect(isOfLateCustomer({ type: 'order.delivery-requested', body } as unknown as Envelope)).toBe(late);
});
