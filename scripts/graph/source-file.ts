import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { timeAndChance } from './rules.ts';

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  /** Module specifiers as written, static and dynamic. */
  readonly imports: readonly string[];
  readonly lines: number;
  /** Calls that ask the machine for time or chance. */
  readonly machineCalls: readonly string[];
}

/** The TypeScript files below a folder of the repository; none when there is no such folder. */
export function readSourceFiles(root: string, folder: string): SourceFile[] {
  const start = join(root, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .sort()
    .map((name) => readSourceFile(root, join(start, name)));
}

function readSourceFile(root: string, file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const withoutComments = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return {
    path: relative(root, file),
    imports: ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName),
    lines: text.trimEnd().split('\n').length,
    machineCalls: withoutComments.match(new RegExp(timeAndChance, 'g')) ?? [],
  };
}
