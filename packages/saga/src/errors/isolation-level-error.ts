import { HoldfastError, quoted } from '@holdfast/core';

/**
 * A saga parks events of instances that do not exist, in transactions that do not see what was committed since they began: an event would be
 * parked beside an instance that has just begun, and would wait for ever. Nothing was changed.
 */
export class IsolationLevelError extends HoldfastError {
  readonly code = 'ERR_SAGA_ISOLATION_LEVEL';
  override readonly failureClass = 'transient';
  readonly isolationLevel: string;

  constructor(isolationLevel: string) {
    super(
      `Events without an instance cannot be parked at the isolation level ${quoted(isolationLevel)}: ` +
        'run the transactions at "read committed", or at "serializable".',
    );
    this.isolationLevel = isolationLevel;
  }
}
