import { expect, test } from 'vitest';
import { lint } from '../../src/checks/index.ts';
import { orderSteps } from './order-steps.ts';

test('a saga that is made of steps has nothing that the checks complain about', () => {
  expect(lint(orderSteps)).toEqual([]);
});
