import { isBuiltin } from 'node:module';

/** What an import points to. */
export type Specifier =
  | { readonly kind: 'relative'; readonly path: string }
  | { readonly kind: 'builtin'; readonly module: string }
  | { readonly kind: 'package'; readonly name: string; readonly subpath: string };

export function parseSpecifier(specifier: string): Specifier {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return { kind: 'relative', path: specifier };
  if (isBuiltin(specifier)) return { kind: 'builtin', module: specifier.replace(/^node:/, '').split('/')[0] ?? '' };
  const parts = specifier.split('/');
  const length = specifier.startsWith('@') ? 2 : 1;
  const rest = parts.slice(length);
  return { kind: 'package', name: parts.slice(0, length).join('/'), subpath: ['.', ...rest].join('/') };
}
