import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** An event's schema validates asynchronously. Messages are made inside transactions, so validation must not wait. */
export class AsyncSchemaError extends HoldfastError {
  readonly code = 'ERR_CORE_ASYNC_SCHEMA';
  override readonly failureClass = 'permanent';

  constructor(type: string, version: number) {
    super(
      `The schema of version ${version} of event ${quoted(type)} validates asynchronously. Use a synchronous schema.`,
    );
  }
}
