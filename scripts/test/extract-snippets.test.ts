import { expect, test } from 'vitest';
import { extractSnippets, moduleOf } from '../snippets/extract-snippets.ts';

const fence = '```';

test('only blocks marked ts are snippets, and each knows its line', () => {
  const markdown = `# Title\n\n${fence}sh\nnpm i\n${fence}\n\n${fence}ts\nconst a = 1;\n${fence}\n`;
  expect(extractSnippets('README.md', markdown)).toEqual([
    { file: 'README.md', line: 8, code: 'const a = 1;', run: false, continued: false },
  ]);
});

test('the words after ts say whether a snippet runs and whether it continues the one before', () => {
  const [snippet] = extractSnippets('README.md', `${fence}ts run continued\na();\n${fence}`);
  expect(snippet).toMatchObject({ run: true, continued: true });
});

test('a word that means nothing is refused with its place', () => {
  expect(() => extractSnippets('a.md', `${fence}ts runs\n${fence}`)).toThrow('a.md:1: "runs" means nothing after "ts"');
});

test('a block that is not closed is refused', () => {
  expect(() => extractSnippets('a.md', `text\n${fence}ts\nconst a = 1;\n`)).toThrow(
    'a.md:2: the code block is not closed',
  );
});

test('a block within a list loses the indentation of its fence only', () => {
  const [snippet] = extractSnippets('a.md', `- one\n  ${fence}ts\n  if (a) {\n    b();\n  }\n  ${fence}\n`);
  expect(snippet?.code).toBe('if (a) {\n  b();\n}');
});

test('a continued snippet stands after the earlier ones, every line at its number in the Markdown file', () => {
  const markdown = `${fence}ts\nconst other = 0;\n${fence}\n\n${fence}ts\nconst a = 1;\n${fence}\ntext\n${fence}ts continued\na;\n${fence}\n`;
  const snippets = extractSnippets('a.md', markdown);
  const lines = moduleOf(snippets[2]!, snippets).split('\n');
  expect(lines).toEqual(['', '', '', '', '', 'const a = 1;', '', '', '', 'a;']);
});
