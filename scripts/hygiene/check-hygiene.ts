import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspace } from '../bootstrap/workspace.mjs';
import type { Finding } from '../verify/stage.ts';
import { forbiddenText } from './forbidden-text.ts';
import { brokenLinks } from './markdown-links.ts';

const text = /\.(ts|mjs|js|json|jsonc|md|ya?ml|sql|sh|html|css|csv|txt)$|(^|\/)(\.[a-z]+|run|LICENSE)$/;

/** What must not be published, whoever wrote it. */
export async function checkHygiene(root: string): Promise<Finding[]> {
  const files = repositoryFiles(root).filter((file) => text.test(file));
  return [
    {
      check: 'no file names a machine, a registry or a merge conflict',
      problems: files.flatMap((file) => forbiddenText(file, read(root, file))),
    },
    {
      check: 'links between Markdown files lead somewhere',
      problems: files.filter((file) => file.endsWith('.md')).flatMap((file) => brokenLinks(root, file)),
    },
    { check: 'third-party versions stand in the catalog only', problems: versionProblems(root) },
    { check: 'published packages share one version', problems: unequalVersions(root) },
  ];
}

/** The files that are or would be committed. */
function repositoryFiles(root: string): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  try {
    const output = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    return output.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  } catch (cause) {
    throw new Error('"git ls-files" failed: git is needed (https://git-scm.com), and a clone rather than a download.', {
      cause,
    });
  }
}

function versionProblems(root: string): string[] {
  return readWorkspace(root).flatMap(({ directory, manifest }) => {
    const dependencies = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    return Object.entries(dependencies)
      .filter(([, range]) => range !== 'catalog:' && range !== 'workspace:*')
      .map(
        ([name, range]) =>
          `${directory}/package.json has "${name}": "${range}": write "catalog:" and put the version into pnpm-workspace.yaml.`,
      );
  });
}

function unequalVersions(root: string): string[] {
  const published = readWorkspace(root).filter(({ directory }) => directory.startsWith('packages/'));
  const version = published[0]?.manifest.version;
  return published
    .filter(({ manifest }) => manifest.version !== version)
    .map(({ manifest }) => `"${manifest.name}" is ${manifest.version}, others are ${version}.`);
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
