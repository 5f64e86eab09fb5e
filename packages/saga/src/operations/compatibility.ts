import type { StateKind } from '../definition/state-spec.ts';

/** Why instances could not go on with the definitions of this process. */
export type IncompatibilityKind = 'unknown-version' | 'unknown-state' | 'data' | 'timer' | 'parked-event';

/** Instances that the definitions cannot carry, for one reason. */
export interface Incompatibility {
  readonly kind: IncompatibilityKind;
  readonly saga: string;
  /** `null`, like {@link state}: the instances have not begun. */
  readonly version: number | null;
  readonly state: string | null;
  /** Their kind when they were stored. */
  readonly stateKind: StateKind | null;
  /** The timer, the type of the event, or the paths of data that does not fit. */
  readonly names: readonly string[];
  readonly instances: number;
  /** Some of their keys. */
  readonly sample: readonly string[];
  /** They are over: nothing is lost but late events. They are told, and refuse no start. */
  readonly isFinished: boolean;
  /** One sentence that says all this, and what to do. */
  readonly message: string;
}

export interface CompatibilityOptions {
  /** @default all of the runtime's */
  readonly sagas?: readonly string[];
  /** How many instances are looked into for data that does not fit, at most; `0`: none. All else is counted completely. @default 10_000 */
  readonly dataLimit?: number;
  /** Whether the data of finished instances is looked into, too, which only late events read. @default false */
  readonly includeFinished?: boolean;
  /** How many keys are named per finding. @default 5 */
  readonly sample?: number;
  readonly signal?: AbortSignal;
}

/** What was found, and how far was looked. */
export interface CompatibilityReport {
  readonly findings: readonly Incompatibility[];
  /** In flight, of these sagas. */
  readonly inFlight: number;
  readonly finished: number;
  /** Instances whose data was looked into. */
  readonly examined: number;
  /** Instances of known states whose data was not looked into, because of `dataLimit` or because they are over. */
  readonly unexamined: number;
}
