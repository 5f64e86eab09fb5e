import { normalize, posix } from 'node:path';
import type { WorkspacePackage } from '../bootstrap/workspace.mjs';
import type { Finding } from '../verify/stage.ts';
import type { SourceFile } from './source-file.ts';
import { parseSpecifier } from './specifier.ts';

export interface PackageWithFiles extends WorkspacePackage {
  readonly files: readonly SourceFile[];
}

/** Examples and benchmarks stand where a user stands: they see public exports only. */
export function checkConsumer(consumer: PackageWithFiles, published: readonly WorkspacePackage[]): Finding {
  const problems = consumer.files.flatMap(({ path, imports }) =>
    imports.flatMap((specifier) => problemOf(path, specifier, published)),
  );
  return { check: `${consumer.directory} uses public exports only`, problems };
}

function problemOf(path: string, specifier: string, published: readonly WorkspacePackage[]): string[] {
  const target = parseSpecifier(specifier);
  if (target.kind === 'relative') {
    const file = normalize(posix.join(posix.dirname(path), target.path));
    return file.startsWith('packages/') ? [`${path} imports "${specifier}": import the package by its name.`] : [];
  }
  if (target.kind !== 'package' || !target.name.startsWith('@holdfast/')) return [];
  const exported = published.find(({ manifest }) => manifest.name === target.name)?.manifest.exports ?? {};
  return target.subpath in exported ? [] : [`${path} imports "${specifier}", which "${target.name}" does not export.`];
}
