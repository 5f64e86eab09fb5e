/** A TypeScript code block of a Markdown file. */
export interface Snippet {
  /** The Markdown file, relative to the repository. */
  readonly file: string;
  /** The line of its first code line, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** ` ```ts run `: also executed, against the built packages. */
  readonly run: boolean;
  /** ` ```ts continued `: stands after the earlier blocks of its file, back to the last one that is not continued. */
  readonly continued: boolean;
}

const words = ['run', 'continued'];

/**
 * The blocks marked `ts` in a Markdown text.
 * @throws Error for a word after `ts` that means nothing, and for a block that is not closed
 */
export function extractSnippets(file: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^(\s*)(`{3,})(.*)$/.exec(lines[index] ?? '');
    if (fence === null) continue;
    const [, indent = '', ticks = '', info = ''] = fence;
    const end = lines.findIndex((line, at) => at > index && line.trim() === ticks);
    if (end === -1) throw new Error(`${file}:${index + 1}: the code block is not closed.`);
    const [language, ...marks] = info.trim().split(/\s+/);
    if (language === 'ts' || language === 'typescript') {
      const code = lines.slice(index + 1, end).map((line) => line.replace(indent, ''));
      snippets.push({ file, line: index + 2, code: code.join('\n'), ...readMarks(marks, `${file}:${index + 1}`) });
    }
    index = end;
  }
  return snippets;
}

/**
 * The module that a snippet stands for. Every line keeps its number in the Markdown file, so that the compiler's messages point there.
 */
export function moduleOf(snippet: Snippet, snippetsOfFile: readonly Snippet[]): string {
  const at = snippetsOfFile.indexOf(snippet);
  let first = at;
  while (first > 0 && snippetsOfFile[first]?.continued === true) first -= 1;
  return snippetsOfFile.slice(first, at + 1).reduce((text, { line, code }) => {
    const missing = line - text.split('\n').length;
    return `${text}${'\n'.repeat(Math.max(0, missing))}${code}`;
  }, '');
}

function readMarks(marks: readonly string[], place: string): { readonly run: boolean; readonly continued: boolean } {
  const unknown = marks.find((mark) => !words.includes(mark));
  if (unknown !== undefined)
    throw new Error(`${place}: "${unknown}" means nothing after "ts": use "run" or "continued".`);
  return { run: marks.includes('run'), continued: marks.includes('continued') };
}
