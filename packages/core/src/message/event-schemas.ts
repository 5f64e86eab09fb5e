import type { StandardSchemaV1 } from '@standard-schema/spec';
import { AsyncSchemaError } from '../errors/async-schema-error.ts';
import { InvalidOptionError } from '../errors/invalid-option-error.ts';
import { MalformedMessageError } from '../errors/malformed-message-error.ts';
import { SchemaValidationError } from '../errors/schema-validation-error.ts';
import { formatPath } from './format-path.ts';

type Upcaster = (data: never) => unknown;

export interface EventSchemasOptions {
  readonly type: string;
  readonly versions: Readonly<Record<number, StandardSchemaV1>>;
  readonly upcast: Readonly<Record<number, Upcaster>>;
}

/** The schemas of one event in a row of versions without gaps, and the steps from each to the next. */
export class EventSchemas {
  readonly latestVersion: number;
  readonly oldestVersion: number;
  readonly #type: string;
  readonly #versions: Readonly<Record<number, StandardSchemaV1>>;
  readonly #upcast: Readonly<Record<number, Upcaster>>;

  /** @throws InvalidOptionError when versions have a gap or an upcaster is missing */
  constructor(options: EventSchemasOptions) {
    const { type, versions, upcast } = options;
    const numbers = Object.keys(versions).map(Number);
    if (numbers.length === 0 || !numbers.every((version) => Number.isSafeInteger(version) && version >= 1)) {
      throw new InvalidOptionError('versions', versions, 'schemas by version number, from 1');
    }
    this.oldestVersion = Math.min(...numbers);
    this.latestVersion = Math.max(...numbers);
    this.#type = type;
    this.#versions = versions;
    this.#upcast = upcast;
    for (let version = this.oldestVersion; version <= this.latestVersion; version += 1) this.#checkVersion(version);
  }

  /** The schema's output for data of this version. @throws SchemaValidationError, AsyncSchemaError */
  validate(version: number, data: unknown): unknown {
    const result = this.#versions[version]?.['~standard'].validate(data);
    if (result instanceof Promise) {
      result.catch(() => {}); // Refused below; its own outcome is of no interest.
      throw new AsyncSchemaError(this.#type, version);
    }
    if (result === undefined || result.issues !== undefined) {
      throw new SchemaValidationError(this.#type, version, (result?.issues ?? []).map(pathOf));
    }
    return result.value;
  }

  /** Data of this version as data of the newest one: validated and upcast step by step. */
  upcast(version: number, data: unknown): unknown {
    let current = this.validate(version, data);
    for (let from = version; from < this.latestVersion; from += 1) {
      current = this.validate(from + 1, this.#step(from, current));
    }
    return current;
  }

  #step(from: number, data: unknown): unknown {
    try {
      return this.#upcast[from]?.(data as never);
    } catch (cause) {
      throw new MalformedMessageError(`its data cannot be upcast from version ${from}`, { cause });
    }
  }

  #checkVersion(version: number): void {
    if (typeof this.#versions[version]?.['~standard']?.validate !== 'function') {
      throw new InvalidOptionError(
        `versions.${version}`,
        this.#versions[version],
        'a Standard Schema (zod, valibot, arktype …)',
      );
    }
    if (version < this.latestVersion && typeof this.#upcast[version] !== 'function') {
      throw new InvalidOptionError(
        `upcast.${version}`,
        this.#upcast[version],
        `a function from version ${version} to ${version + 1}`,
      );
    }
  }
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  const keys = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return formatPath('data', keys);
}
