import { expect, test } from 'vitest';
import { StateTable } from '../../src/checks/explore/state-table.ts';
import { strongComponents } from '../../src/checks/explore/strong-components.ts';

test('every row is found again under its own number, however many there are', () => {
  const table = new StateTable(3);
  const rows = Array.from({ length: 20_000 }, (_, index) => [index % 7, index, -index]);
  for (const [number, row] of rows.entries()) {
    expect(table.find(row)).toBe(-1);
    expect(table.add(row)).toBe(number);
  }
  expect(table.size).toBe(rows.length);
  for (const [number, row] of rows.entries()) {
    if (table.find(row) !== number) throw new Error(`Row ${number} was not found.`);
  }
  expect(table.row(12_345)).toEqual(rows[12_345]);
});

test('strong components are those that reach themselves, without nodes that do not count', () => {
  const edges = [[1], [2], [0, 3], [4], [4], [6], [5, 7], [6]];
  const graph = { size: edges.length, has: (node: number) => node !== 7, successors: (node: number) => edges[node]! };
  expect(strongComponents(graph).map((component) => [...component].sort())).toEqual([[4], [0, 1, 2], [5, 6]]);
});

test('a chain of many nodes does not overflow the stack', () => {
  const size = 200_000;
  const graph = { size, has: () => true, successors: (node: number) => [(node + 1) % size] };
  expect(strongComponents(graph)).toHaveLength(1);
});
