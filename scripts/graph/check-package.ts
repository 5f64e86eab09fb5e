import { posix } from 'node:path';
import type { Finding } from '../verify/stage.ts';
import type { PackageWithFiles } from './check-consumer.ts';
import {
  allowedDependencies,
  interfacePackages,
  ioModules,
  longFiles,
  maxSourceLines,
  nearTheMachine,
} from './rules.ts';
import { parseSpecifier } from './specifier.ts';

const scope = '@holdfast/';
const notAdapters = ['.', './testing', './package.json'];

interface Import {
  readonly path: string;
  readonly specifier: string;
}

/** The rules for one published package. */
export function checkPackage(each: PackageWithFiles): Finding[] {
  const imports = each.files.flatMap(({ path, imports }) => imports.map((specifier) => ({ path, specifier })));
  const name = each.manifest.name;
  return [
    { check: `${name} depends on packages below it only`, problems: directionProblems(each, imports) },
    { check: `${name} declares what it imports`, problems: undeclaredProblems(each, imports) },
    { check: `${name} imports nothing across its folder`, problems: boundaryProblems(each, imports) },
    { check: `${name} keeps its adapters apart`, problems: adapterProblems(each, imports) },
    { check: `${name} imports each helper in one file`, problems: helperProblems(each, imports) },
    { check: `${name} has no overlong source file`, problems: lengthProblems(each) },
    { check: `${name} takes time and chance from the ports of core`, problems: machineProblems(each) },
    ...(name === `${scope}core` ? [{ check: `${name} does no I/O`, problems: ioProblems(imports) }] : []),
  ];
}

function directionProblems({ directory, manifest }: PackageWithFiles, imports: readonly Import[]): string[] {
  const allowed = allowedDependencies[manifest.name.slice(scope.length)];
  if (allowed === undefined) return [`"${manifest.name}" is not in scripts/graph/rules.ts: say what it may depend on.`];
  const isForbidden = (name: string): boolean =>
    name.startsWith(scope) && name !== manifest.name && !allowed.includes(name.slice(scope.length));
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return [
    ...declared.filter(isForbidden).map((name) => `${directory}/package.json depends on "${name}".`),
    ...imports
      .filter(({ specifier }) => isForbidden(packageOf(specifier) ?? ''))
      .map(({ path, specifier }) => `${path} imports "${specifier}".`),
  ];
}

function undeclaredProblems({ manifest }: PackageWithFiles, imports: readonly Import[]): string[] {
  const declared = new Set([
    manifest.name,
    ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }),
  ]);
  return imports
    .filter(({ specifier }) => !declared.has(packageOf(specifier) ?? manifest.name))
    .map(({ path, specifier }) => `${path} imports "${specifier}", which is neither a dependency nor a peer.`);
}

function boundaryProblems({ directory }: PackageWithFiles, imports: readonly Import[]): string[] {
  return imports
    .filter(({ path, specifier }) => {
      const target = parseSpecifier(specifier);
      return (
        target.kind === 'relative' && !posix.join(posix.dirname(path), target.path).startsWith(`${directory}/src/`)
      );
    })
    .map(({ path, specifier }) => `${path} imports "${specifier}", outside ${directory}/src.`);
}

/** A user of one driver must not load another, so only an adapter's own folder and test kits reach into it. */
function adapterProblems({ directory, manifest }: PackageWithFiles, imports: readonly Import[]): string[] {
  const adapters = Object.keys(manifest.exports ?? {}).filter((subpath) => !notAdapters.includes(subpath));
  return adapters.flatMap((adapter) => {
    const folder = `${directory}/src/${adapter.slice(2)}/`;
    return imports
      .filter(({ path }) => !path.startsWith(folder) && !path.startsWith(`${directory}/src/testing/`))
      .filter(
        ({ path, specifier }) => isRelative(specifier) && posix.join(posix.dirname(path), specifier).startsWith(folder),
      )
      .map(({ path, specifier }) => `${path} imports "${specifier}", which belongs to the adapter "${adapter}".`);
  });
}

function isRelative(specifier: string): boolean {
  return parseSpecifier(specifier).kind === 'relative';
}

function helperProblems({ manifest }: PackageWithFiles, imports: readonly Import[]): string[] {
  const helpers = Object.keys(manifest.dependencies ?? {}).filter(
    (name) => !name.startsWith(scope) && !interfacePackages.includes(name),
  );
  return helpers.flatMap((helper) => {
    const paths = new Set(imports.filter(({ specifier }) => packageOf(specifier) === helper).map(({ path }) => path));
    return paths.size > 1 ? [`"${helper}" is imported by ${[...paths].join(', ')}: keep it behind one of them.`] : [];
  });
}

function lengthProblems({ files }: PackageWithFiles): string[] {
  return files
    .filter(({ path, lines }) => lines > maxSourceLines && !(path in longFiles))
    .map(
      ({ path, lines }) =>
        `${path} has ${lines} lines (at most ${maxSourceLines}): split it, or list it with a reason in scripts/graph/rules.ts.`,
    );
}

function machineProblems({ files }: PackageWithFiles): string[] {
  return files
    .filter(({ path }) => !path.includes('/src/testing/') && !(path in nearTheMachine))
    .flatMap(({ path, machineCalls }) =>
      machineCalls.map((call) => `${path} uses "${call}": take a Clock, Ids or Random.`),
    );
}

function ioProblems(imports: readonly Import[]): string[] {
  return imports
    .filter(({ specifier }) => {
      const target = parseSpecifier(specifier);
      return target.kind === 'builtin' && ioModules.includes(target.module);
    })
    .map(({ path, specifier }) => `${path} imports "${specifier}".`);
}

function packageOf(specifier: string): string | undefined {
  const target = parseSpecifier(specifier);
  return target.kind === 'package' ? target.name : undefined;
}
