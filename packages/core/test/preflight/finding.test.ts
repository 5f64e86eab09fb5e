import { expect, test } from 'vitest';
import { type FindingLevel, worstLevel } from '../../src/index.ts';

const worstOf = (...levels: FindingLevel[]) =>
  worstLevel(levels.map((level) => ({ level, subject: 's', message: 'm' })));

test('the worst finding decides', () => {
  expect(worstOf()).toBe('ok');
  expect(worstOf('ok', 'ok')).toBe('ok');
  expect(worstOf('ok', 'warn', 'ok')).toBe('warn');
  expect(worstOf('refuse', 'warn', 'ok')).toBe('refuse');
});
