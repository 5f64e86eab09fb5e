import { expect, test } from 'vitest';
import { ENDINGS } from '../../src/audit/endings.ts';
import { endingsTable } from '../../src/cli/endings-table.ts';

test('the endings that happened are counted, with an order to look at', () => {
  const endings = ENDINGS.map((ending) => ({ ending, orders: 0, example: null as string | null }));
  const [completed, failed] = endings;
  const table = endingsTable([
    { ...completed!, orders: 1_234, example: 'A' },
    { ...failed!, orders: 1, example: 'B' },
    ...endings.slice(2),
  ]);
  expect(table.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    '',
    'Endings',
    ' 1,234 completed such as A',
    ' 1 payment failed such as B',
    '',
  ]);
});
