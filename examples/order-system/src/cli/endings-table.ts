import type { EndingCount } from '../audit/endings.ts';

/** How orders ended, for a person to read. */
export function endingsTable(endings: readonly EndingCount[]): string {
  const width = Math.max(...endings.map(({ ending }) => ending.length));
  const rows = endings
    .filter(({ orders }) => orders > 0)
    .map(({ ending, orders, example }) => {
      const count = orders.toLocaleString('en').padStart(9);
      return ` ${count}  ${ending.padEnd(width)}  ${example === null ? '' : `such as ${example}`}`.trimEnd();
    });
  return ['', 'Endings', ...rows, ''].join('\n');
}
