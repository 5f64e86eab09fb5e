import { expect, test } from 'vitest';
import { InvalidOptionError } from '../../src/errors/invalid-option-error.ts';

test.each([
  [undefined, 'is missing.'],
  [null, 'is "null".'],
  [[1], 'is an array.'],
  [{ secret: 1 }, 'is an object.'],
  [() => 1, 'is a function.'],
  [7, 'is "7".'],
])('%s is told by its kind, and not by what is in it', (value, told) => {
  expect(new InvalidOptionError('given', value, 'a message').message).toBe(`Option "given" ${told} Give a message.`);
});
