import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

const MAX_PATHS = 10;

/** Data that does not fit its event's schema. It names the paths of the issues; values and the schema's texts, which may quote values, are left out. */
export class SchemaValidationError extends HoldfastError {
  readonly code = 'ERR_CORE_SCHEMA_VALIDATION';
  override readonly failureClass = 'permanent';
  readonly type: string;
  readonly version: number;
  /** Paths of the first ten issues: `data.items[3].price`. */
  readonly paths: readonly string[];

  constructor(type: string, version: number, paths: readonly string[]) {
    const kept = paths.slice(0, MAX_PATHS);
    const more = paths.length > kept.length ? ` and ${paths.length - kept.length} more` : '';
    const listed = kept.map((path) => quoted(path)).join(', ');
    super(`The data does not fit version ${version} of event ${quoted(type)}: see ${listed}${more}.`);
    this.type = type;
    this.version = version;
    this.paths = kept;
  }
}
