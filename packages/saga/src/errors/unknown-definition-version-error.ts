import { HoldfastError, quoted } from '@holdfast/core';

/** An instance is pinned to a version of its definition that this process does not have. Nothing was changed; a process that has it can go on. */
export class UnknownDefinitionVersionError extends HoldfastError {
  readonly code = 'ERR_SAGA_UNKNOWN_DEFINITION_VERSION';
  override readonly failureClass = 'transient';
  readonly saga: string;
  readonly version: number;

  constructor(saga: string, version: number) {
    super(
      `Instances of saga ${quoted(saga)} are pinned to version ${version} of its definition, which is not among "definitions": ` +
        'add it beside the newer ones until they are finished, or migrate them.',
    );
    this.saga = saga;
    this.version = version;
  }
}
