import { expect, test } from 'vitest';
import { parseVerifyArguments, UsageError } from '../verify/verify-arguments.ts';

const stages = ['types', 'lint', 'unit', 'sim', 'real', 'crash'];

test('without arguments every stage runs', () => {
  expect(parseVerifyArguments([], stages)).toEqual({ only: stages, filters: [] });
});

test('--only picks stages, also given twice', () => {
  expect(parseVerifyArguments(['--only', 'unit,lint', '--only=types'], stages).only).toEqual(['unit', 'lint', 'types']);
});

test('a file filter alone picks the stages with tests', () => {
  expect(parseVerifyArguments(['relay'], stages)).toEqual({
    only: ['unit', 'sim', 'real', 'crash'],
    filters: ['relay'],
  });
});

test('an unknown stage or option is refused with the usage', () => {
  expect(() => parseVerifyArguments(['--only', 'unti'], stages)).toThrow(UsageError);
  expect(() => parseVerifyArguments(['--fast'], stages)).toThrow('Stages: types, lint');
});
