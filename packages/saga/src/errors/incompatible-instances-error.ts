import { HoldfastError } from '@holdfast/core';
import type { Incompatibility } from '../operations/compatibility.ts';

const MAX_TOLD = 20;

/** Instances in flight could not go on with the definitions of this process. It must not start. */
export class IncompatibleInstancesError extends HoldfastError {
  readonly code = 'ERR_SAGA_INCOMPATIBLE_INSTANCES';
  override readonly failureClass = 'permanent';
  readonly findings: readonly Incompatibility[];

  constructor(findings: readonly Incompatibility[]) {
    const told = findings.slice(0, MAX_TOLD).map(({ message }) => message);
    const more = findings.length > told.length ? [`And ${findings.length - told.length} more findings.`] : [];
    super(['These definitions cannot carry instances that are in flight.', ...told, ...more].join(' '));
    this.findings = findings;
  }
}
