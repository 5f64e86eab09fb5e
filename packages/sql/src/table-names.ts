import { checkedIdentifier } from './identifier.ts';

export interface TableNamesOptions {
  /** The schema that holds the tables. Left out, the connection's search path decides. */
  readonly schema?: string;
  /** @default 'holdfast' */
  readonly prefix?: string;
}

/** Together with the underscore between them these stay below PostgreSQL's 63 bytes. */
const maxPrefixLength = 20;
const maxNameLength = 40;

/**
 * The names of our tables, and the only way by which an option becomes SQL text. Schema and prefix are checked once,
 * here, against an allow-list, and always quoted; {@link InvalidIdentifierError} names the value and the rule.
 */
export class TableNames {
  readonly schema: string | undefined;
  readonly prefix: string;

  constructor(options: TableNamesOptions = {}) {
    this.schema = options.schema === undefined ? undefined : checkedIdentifier('schema', options.schema);
    this.prefix = checkedIdentifier(
      'prefix',
      options.prefix === undefined ? 'holdfast' : options.prefix,
      maxPrefixLength,
    );
  }

  /** `"schema"."prefix_name"`, or `"prefix_name"` without a schema. */
  table(name: string): string {
    const table = this.index(name);
    return this.schema === undefined ? table : `"${this.schema}".${table}`;
  }

  /** `"prefix_name"`: an index has no schema of its own where it is created. Also for constraints. */
  index(name: string): string {
    return `"${this.unquoted(name)}"`;
  }

  /** `prefix_name`, for the catalogue's tables, where a name is a value. */
  unquoted(name: string): string {
    return `${this.prefix}_${checkedIdentifier('name', name, maxNameLength)}`;
  }
}
