import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { commandScript } from '../verify/run-command.ts';
import type { Finding } from '../verify/stage.ts';
import { extractSnippets, moduleOf, type Snippet } from './extract-snippets.ts';

const execute = promisify(execFile);
const runLimitMs = 60_000;

interface WrittenSnippet extends Snippet {
  /** The module, relative to the folder of all of them. */
  readonly module: string;
}

/** Compiles every TypeScript block of the documentation and runs those marked so. */
export async function checkSnippets(root: string): Promise<Finding[]> {
  // Below docs, because docs/package.json declares what a snippet may import.
  const folder = join(root, 'docs', '.snippets');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const snippets = markdownFiles(root).flatMap((file) => writeSnippets(root, folder, file));
  if (snippets.length === 0) return [];
  const problems = await compile(folder);
  const findings: Finding[] = [];
  for (const snippet of snippets) {
    const compileProblems = problems
      .filter((line) => line.startsWith(`${snippet.module}(`))
      .map((line) => inMarkdown(line, snippet));
    const runProblems = snippet.run && compileProblems.length === 0 ? await run(folder, snippet) : [];
    findings.push({
      check: `${snippet.file}:${snippet.line} compiles${snippet.run ? ' and runs' : ''}`,
      problems: [...compileProblems, ...runProblems],
    });
  }
  const elsewhere = problems.filter((line) => !snippets.some(({ module }) => line.startsWith(`${module}(`)));
  return [...findings, { check: 'the modules around the snippets compile', problems: elsewhere }];
}

function markdownFiles(root: string): string[] {
  const below = (folder: string): string[] =>
    existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
      : [];
  const packages = below('packages').filter((path) => /^packages\/[^/]+\/README\.md$/.test(path));
  const docs = below('docs').filter((path) => path.endsWith('.md') && !path.includes('node_modules'));
  return ['README.md', ...docs, ...packages].filter((path) => existsSync(join(root, path))).sort();
}

function writeSnippets(root: string, folder: string, file: string): WrittenSnippet[] {
  const snippets = extractSnippets(file, readFileSync(join(root, file), 'utf8'));
  return snippets.map((snippet) => {
    const module = `${file.replaceAll(/[/.]/g, '-')}-${snippet.line}.ts`;
    writeFileSync(join(folder, module), moduleOf(snippet, snippets));
    return { ...snippet, module };
  });
}

/** Resolves to the compiler's messages, one per line, paths relative to the folder. */
async function compile(folder: string): Promise<string[]> {
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const args = [commandScript('typescript', 'tsc'), '--noEmit', '--pretty', 'false'];
  try {
    await execute(process.execPath, args, { cwd: folder });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    return stdout.split('\n').filter((line) => /^\S.*\(\d+,\d+\): /.test(line));
  }
}

function inMarkdown(line: string, { file }: WrittenSnippet): string {
  return line.replace(/^[^(]+\((\d+),(\d+)\)/, `${file}:$1:$2`);
}

async function run(folder: string, { module, file, line }: WrittenSnippet): Promise<string[]> {
  const cwd = join(folder, `${module}.run`);
  mkdirSync(cwd);
  try {
    await execute(process.execPath, [relative(cwd, join(folder, module))], { cwd, timeout: runLimitMs });
    return [];
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return [`${file}:${line}: ${stderr === undefined || stderr === '' ? message : stderr}`];
  }
}
