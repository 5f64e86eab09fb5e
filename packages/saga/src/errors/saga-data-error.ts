import { HoldfastError, quoted } from '@holdfast/core';

const MAX_PATHS = 10;

/** The data of an instance does not fit its state's schema. It names paths, never values. */
export class SagaDataError extends HoldfastError {
  readonly code = 'ERR_SAGA_DATA';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly state: string;
  readonly paths: readonly string[];

  constructor(
    place: { readonly saga: string; readonly state: string },
    paths: readonly string[],
    options?: ErrorOptions,
  ) {
    const listed = paths.slice(0, MAX_PATHS).map((path) => quoted(path));
    super(
      `Data of saga ${quoted(place.saga)} does not fit its state ${quoted(place.state)}: see ${listed.join(', ')}. ` +
        'Correct the transition, or the schema; for instances in the database give the definition a new version.',
      options,
    );
    this.saga = place.saga;
    this.state = place.state;
    this.paths = paths.slice(0, MAX_PATHS);
  }
}
