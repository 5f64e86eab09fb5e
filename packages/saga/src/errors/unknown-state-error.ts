import { HoldfastError, quoted } from '@holdfast/core';

/** An instance is in a state that its definition does not have: the definition was changed without a new version. */
export class UnknownStateError extends HoldfastError {
  readonly code = 'ERR_SAGA_UNKNOWN_STATE';
  readonly saga: string;
  readonly state: string;

  constructor({ name, version }: { readonly name: string; readonly version: number }, state: string) {
    super(
      `Version ${version} of saga ${quoted(name)} has no state ${quoted(state)}, in which an instance is: ` +
        'deploy the definition that it was stored by, or migrate it.',
    );
    this.saga = name;
    this.state = state;
  }
}
