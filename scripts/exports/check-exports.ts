import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { type Manifest, readManifest, readWorkspace, root } from '../bootstrap/workspace.mjs';
import { commandScript } from '../verify/run-command.ts';
import type { Finding } from '../verify/stage.ts';

const execute = promisify(execFile);

/** Packs every published package as a release would, and looks at the result as npm, TypeScript and Node do. */
export async function checkExports(): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-pack-'));
  const findings: Finding[] = [];
  try {
    for (const { directory, manifest } of readWorkspace().filter((each) => each.directory.startsWith('packages/'))) {
      const tarball = await pack(join(root, directory), folder);
      findings.push(
        { check: `${manifest.name} is packed with what it needs`, problems: await contentProblems(tarball) },
        { check: `${manifest.name} satisfies publint`, problems: await publintProblems(tarball) },
        { check: `${manifest.name} has types that fit (attw)`, problems: await attwProblems(tarball) },
        { check: `${manifest.name} can be required and imported`, problems: await loadProblems(directory, manifest) },
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return findings;
}

/** By pnpm, because only it replaces `workspace:` and `catalog:`. */
async function pack(directory: string, folder: string): Promise<string> {
  const { packageManager } = readManifest(root) as Manifest & { readonly packageManager: string };
  const args = ['--yes', packageManager, 'pack', '--json', '--pack-destination', folder];
  const { stdout } = await execute('npx', args, { cwd: directory, env: { ...process.env, CI: 'true' } });
  const { filename }: { readonly filename: string } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  return filename;
}

async function contentProblems(tarball: string): Promise<string[]> {
  const { stdout } = await execute('tar', ['-tzf', tarball]);
  const files = stdout.split('\n');
  const missing = ['package/LICENSE', 'package/README.md', 'package/dist/'].filter(
    (name) => !files.some((file) => file.startsWith(name)),
  );
  const manifest = (await execute('tar', ['-xzOf', tarball, 'package/package.json'])).stdout;
  return [
    ...missing.map((name) => `"${name}" is not in the package.`),
    ...files
      .filter((file) => /^package\/(src|test)\//.test(file))
      .map((file) => `"${file}" should not be in the package.`),
    ...(/"(workspace|catalog):/.test(manifest) ? ['package.json still contains "workspace:" or "catalog:".'] : []),
  ];
}

async function publintProblems(tarball: string): Promise<string[]> {
  const content = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) },
    strict: true,
  });
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code);
}

async function attwProblems(tarball: string): Promise<string[]> {
  const args = ['--profile', 'esm-only', '--no-color', '--no-emoji', '--format', 'ascii'];
  try {
    await execute(process.execPath, [commandScript('@arethetypeswrong/cli', 'attw'), tarball, ...args]);
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    return `${stdout}${stderr}`.split('\n');
  }
}

/** In a process of its own, because that is where `require()` of an ES module has to work without a flag. */
async function loadProblems(directory: string, { name, exports = {} }: Manifest): Promise<string[]> {
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json');
  const script = join(root, 'scripts', 'exports', 'load-both-ways.mjs');
  const problems: string[] = [];
  for (const subpath of subpaths) {
    const specifier = `${name}${subpath.slice(1)}`;
    await execute(process.execPath, [script, join(root, directory), specifier]).catch((error: { stderr: string }) => {
      problems.push(`${specifier}: ${error.stderr.trim().split('\n').slice(0, 5).join('\n      ')}`);
    });
  }
  return problems;
}
