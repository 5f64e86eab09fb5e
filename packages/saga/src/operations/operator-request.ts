import type { DataChange } from '../runtime/data-change.ts';
import type { HistoryCause } from '../store/history-entry.ts';
import type { SagaId } from '../store/saga-id.ts';
import type { TakenInputs } from './taken-inputs.ts';

/** Who acts, and why: both are kept in the instance's history. */
export interface OperatorRequest {
  readonly actor: string;
  readonly reason: string;
  /**
   * Names this action: given again with the same id it is not taken twice. For a forced event the message's own id does that.
   * @default a new one, by which the action is safe against lost answers of the database within this call
   */
  readonly id?: string;
  /** How many entries the history had when the person looked: refused when something has happened since. */
  readonly ifTransitions?: number;
  readonly signal?: AbortSignal;
}

export interface ActionRequest extends OperatorRequest {
  /** In the `operator` of the instance's state. */
  readonly action: string;
}

/** One transition, as operators see it. */
export interface ReportedTransition {
  /** Its number in the history. */
  readonly number: number;
  readonly cause: HistoryCause;
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
  readonly label: string | null;
  /** Redacted. */
  readonly changes: readonly DataChange[];
  readonly sent: readonly { readonly type: string; readonly id: string }[];
}

/** What an action did. */
export interface ActionReport extends SagaId {
  /** The action's own, then those of parked events that it let go on. */
  readonly transitions: readonly ReportedTransition[];
  /** It had been taken before, with the same id; nothing was done now. Only its own transition is told then. */
  readonly isRepeat: boolean;
}

/** What an action would do now. The ids of messages are not those that they would have. */
export interface ActionPreview extends SagaId {
  /** `false`: it would be refused. */
  readonly isTaken: boolean;
  /** In which it is now; `null`: there is no instance yet. */
  readonly state: string | null;
  readonly transitions: readonly ReportedTransition[];
  readonly schedule: readonly { readonly timer: string; readonly afterMs: number }[];
  readonly cancel: readonly string[];
  /** What the state takes. */
  readonly takes: TakenInputs;
}
