import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const link = /\]\((?!https?:|mailto:|#)([^)\s#]+)(?:#[^)]*)?\)/g;
const code = /```[\s\S]*?```|`[^`\n]*`/g;

/** The relative links of a Markdown file that lead nowhere. */
export function brokenLinks(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(code, '');
  const targets = [...text.matchAll(link)].map(([, target = '']) => target);
  return targets
    .filter(
      (target) => !existsSync(join(root, target.startsWith('/') ? '' : dirname(file), decodeURIComponent(target))),
    )
    .map((target) => `${file} links to "${target}", which does not exist.`);
}
