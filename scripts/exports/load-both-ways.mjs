import { deepStrictEqual } from 'node:assert';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// node load-both-ways.mjs PACKAGE_FOLDER SPECIFIER: `require()` and `import` give the same exports, resolved from inside the package.
const [folder = '', specifier = ''] = process.argv.slice(2);
const requireThere = createRequire(pathToFileURL(join(folder, 'package.json')));
const required = requireThere(specifier);
const imported = await import(pathToFileURL(requireThere.resolve(specifier)).href);
deepStrictEqual(Object.keys(required).sort(), Object.keys(imported).sort());
for (const name of Object.keys(imported)) deepStrictEqual(required[name] === imported[name], true, `"${name}" differs`);
