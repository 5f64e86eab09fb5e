import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = new URL('../../../../docs/how-to/write-a-transport.md', import.meta.url);
const file = new URL('./file-transport.ts', import.meta.url);

test('the page shows the adapter that passes the suite, line by line', () => {
  const blocks = Array.from(readFileSync(page, 'utf8').matchAll(/```ts[^\n]*\n(.*?)\n```/gs), ([, code]) => code);
  const shown = blocks.filter((code) => !code?.includes('describeTransport('));
  expect(`${shown.join('\n\n')}\n`).toBe(readFileSync(file, 'utf8'));
});
