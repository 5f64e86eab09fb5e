import { registerHooks } from 'node:module';

/** Node resolves `@holdfast/*` to the sources, as the test runner of this project does, so that nothing has to be built. */
registerHooks({
  resolve(specifier, context, next) {
    const match = /^@holdfast\/([^/]+)(?:\/(.+))?$/.exec(specifier);
    if (match === null) return next(specifier, context);
    const [, name, part] = match;
    const path = part === undefined ? `${name}/src/index.ts` : `${name}/src/${part}/index.ts`;
    return next(new URL(`../../../${path}`, import.meta.url).href, context);
  },
});
