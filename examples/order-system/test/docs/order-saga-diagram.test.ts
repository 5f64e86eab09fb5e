import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toMermaid } from '@holdfast/saga/checks';
import { expect, test } from 'vitest';
import { orderSaga } from '../../src/order/order-saga.ts';

const END = '<!-- end of generated -->';

const definition = orderSaga();
/** What an order goes through. */
const overview = toMermaid(definition, { stays: false, operator: false, commands: false });
/** The same with everything that is sent, and what people may do. */
const whole = toMermaid(definition);

const page = (path: string) => fileURLToPath(new URL(path, import.meta.url));

test.each([
  ['README.md', page('../../../../README.md'), { 'order saga': overview }],
  [
    'examples/order-system/README.md',
    page('../../README.md'),
    { 'order saga': overview, 'order saga with commands and people': whole },
  ],
] as const)('%s shows the saga as it is defined', (_, file, diagrams) => {
  let text = readFileSync(file, 'utf8');
  for (const [name, diagram] of Object.entries(diagrams)) text = withPart(text, name, diagram);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, text);
  expect(readFileSync(file, 'utf8'), 'stale: run this test with UPDATE_DOCS=1').toBe(text);
});

function withPart(text: string, name: string, diagram: string): string {
  const opening = `<!-- generated: ${name} -->\n`;
  const start = text.indexOf(opening) + opening.length;
  const end = text.indexOf(END, start);
  if (start < opening.length || end < 0) throw new Error(`The page has no generated part "${name}".`);
  return `${text.slice(0, start)}\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n${text.slice(end)}`;
}
