import { formatPath } from './format-path.ts';
import { pollutesPrototypes } from './pollutes-prototypes.ts';

/** Why a value cannot be carried as JSON without loss, and where. */
export interface DataProblem {
  readonly path: string;
  readonly reason: string;
}

interface Found {
  readonly reason: string;
  /** From the innermost key to the outermost. */
  readonly keys: PropertyKey[];
}

const TOO_DEEP = 'nests too deep';
const WRITTEN_AS_NOTHING = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error, ArrayBuffer, Number, String, Boolean];

/**
 * Looks for what JSON would lose, change or choke on: NaN, integers beyond 2^53 − 1, `bigint`, `undefined` in arrays,
 * functions, cycles, Maps, keys that pollute prototypes. Properties that are `undefined` are left out by JSON, and fine.
 */
export function findDataProblem(data: unknown, maxDepth: number): DataProblem | undefined {
  const found = problemIn(data, maxDepth);
  if (found === undefined) return undefined;
  const keys = found.keys.reverse();
  if (found.reason !== TOO_DEEP) return { path: formatPath('data', keys), reason: found.reason };
  const cycle = cycleOn(data, keys);
  if (cycle !== undefined) return { path: formatPath('data', cycle), reason: 'refers back to what contains it' };
  return { path: formatPath('data', keys), reason: `nests deeper than ${maxDepth} levels` };
}

/** Recursion is bounded by the depth left. */
function problemIn(value: unknown, depthLeft: number): Found | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return numberProblem(value);
    case 'object':
      return value === null ? undefined : objectProblem(value, depthLeft);
    case 'bigint':
      return found('is a bigint, which JSON cannot carry: send it as a string');
    default:
      return found(`is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}, which JSON cannot carry`);
  }
}

function numberProblem(value: number): Found | undefined {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return undefined;
  if (!Number.isFinite(value)) return found(`is ${value}, which JSON cannot carry`);
  return found('is beyond the integers that a double carries exactly: send it as a string');
}

function objectProblem(value: object, depthLeft: number): Found | undefined {
  if (!hasToJson(value)) return plainProblem(value, depthLeft);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? found('is an invalid Date') : undefined;
  const replacement: unknown = value.toJSON();
  // JSON.stringify leaves out what is replaced by undefined, and asks a replacement for no further one.
  if (replacement === undefined) return undefined;
  const isObject = typeof replacement === 'object' && replacement !== null;
  return isObject ? plainProblem(replacement, depthLeft) : problemIn(replacement, depthLeft);
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function';
}

function plainProblem(value: object, depthLeft: number): Found | undefined {
  if (depthLeft === 0) return found(TOO_DEEP);
  if (Array.isArray(value)) return arrayProblem(value, depthLeft - 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && isWrittenAsNothing(value)) {
    return found('is an object that JSON cannot carry: convert it to plain data');
  }
  return recordProblem(value as Readonly<Record<string, unknown>>, depthLeft - 1);
}

function isWrittenAsNothing(value: object): boolean {
  return ArrayBuffer.isView(value) || WRITTEN_AS_NOTHING.some((type) => value instanceof type);
}

function arrayProblem(values: readonly unknown[], depthLeft: number): Found | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const problem = problemIn(values[index], depthLeft);
    if (problem !== undefined) return within(index, problem);
  }
  return undefined;
}

function recordProblem(record: Readonly<Record<string, unknown>>, depthLeft: number): Found | undefined {
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (value === undefined) continue;
    const problem = pollutesPrototypes(record, key)
      ? found('is a key that pollutes prototypes')
      : problemIn(value, depthLeft);
    if (problem !== undefined) return within(key, problem);
  }
  return undefined;
}

/** The keys up to the object that the path meets a second time. */
function cycleOn(data: unknown, keys: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  const met = new Set<unknown>([data]);
  let value = data;
  for (const [index, key] of keys.entries()) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
    if (met.has(value)) return keys.slice(0, index + 1);
    met.add(value);
  }
  return undefined;
}

function found(reason: string): Found {
  return { reason, keys: [] };
}

function within(key: PropertyKey, problem: Found): Found {
  problem.keys.push(key);
  return problem;
}
