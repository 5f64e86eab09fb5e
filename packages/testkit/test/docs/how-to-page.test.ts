import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CrashEverywhereFailedError } from '../../src/crash-everywhere/crash-everywhere-failed-error.ts';
import { chargesOnce } from './crash-charge-card.ts';

const page = fileURLToPath(new URL('../../../../docs/how-to/test-a-handler-with-crash-everywhere.md', import.meta.url));
const read = (path: string | URL) => readFileSync(path, 'utf8');

/** What stands between the markers of a generated part. */
function generatedPart(text: string, name: string): { readonly start: number; readonly end: number } {
  const opening = `<!-- generated: ${name} -->\n`;
  const start = text.indexOf(opening) + opening.length;
  const end = text.indexOf('<!-- end of generated -->', start);
  if (start < opening.length || end < 0) throw new Error(`The page has no generated part "${name}".`);
  return { start, end };
}

async function freshReport(): Promise<CrashEverywhereFailedError> {
  const error = await chargesOnce().catch((thrown: unknown) => thrown);
  if (!(error instanceof CrashEverywhereFailedError)) throw error ?? new Error('The handler of the page survives.');
  return error;
}

test('the page shows the report that the handler of the page gets, fresh', async () => {
  const { message, diagram } = await freshReport();
  const parts = { report: `\n\`\`\`text\n${message}\n\`\`\`\n\n`, diagram: `\n\`\`\`mermaid\n${diagram}\n\`\`\`\n\n` };
  let text = read(page);
  for (const [name, part] of Object.entries(parts)) {
    const { start, end } = generatedPart(text, name);
    text = text.slice(0, start) + part + text.slice(end);
  }
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text);
  expect(read(page), 'stale: run this test with UPDATE_DOCS=1').toBe(text);
});

test('the page shows the code that was run', () => {
  const shown = read(page);
  const handler = read(new URL('./charge-card.ts', import.meta.url));
  const sweep = read(new URL('./crash-charge-card.ts', import.meta.url))
    .replace('../../src/index.ts', '@holdfast/testkit')
    .replace(/import .* from '\.\/charge-card\.ts';\n/, '');
  expect(shown).toContain(`\`\`\`ts\n${handler}\`\`\``);
  expect(shown).toContain(`\`\`\`ts continued\n${sweep}\`\`\``);
});
