/**
 * How far a step is; one that is missing has not begun.
 * - `waiting`: its command is sent, its answer is not there.
 * - `retrying`: it failed and said try again; it is sent again after a pause.
 * - `uncertain`: nobody knows whether it happened; an event or a person has to say.
 * - `done`, `failed`: it happened, or did not.
 * - `unknown`: it is given up without an answer. A late answer still counts: a late success is compensated.
 * - `unclear`: it is given up, and then said that nobody knows whether it happened; an event or a person has to say.
 * - `dismissed`: a person said that this one did not happen. A late success is compensated all the same.
 * - `undoing`, `undone`: its compensation is sent, or done (or it needs none).
 * - `undo_failed`: its compensation failed as often as it may; a person has to look.
 * - `skipped`: a person said that its compensation is not to be waited for.
 */
export type StepStatus = (typeof stepStatuses)[number];

export const stepStatuses = [
  'waiting',
  'retrying',
  'uncertain',
  'done',
  'failed',
  'unknown',
  'unclear',
  'dismissed',
  'undoing',
  'undone',
  'undo_failed',
  'skipped',
] as const;

/** Why an instance does not complete. */
export interface StepFailure {
  /** The step, or the parallel group that was cancelled. */
  readonly step: string;
  /** Its failure event, no answer in time, an outcome that stays unknown, or a person who cancelled. */
  readonly cause: FailureCause;
  /** What the step's `reason` made of the failure event. */
  readonly reason: string | null;
}

export type FailureCause = (typeof failureCauses)[number];

export const failureCauses = ['failure', 'timeout', 'unclear', 'operator'] as const;

/** The data of a saga that is made of steps, in all of its states. */
export interface StepsData<Input = unknown, Results = Readonly<Record<string, unknown>>> {
  /** What the event that began it gave. */
  readonly input: Input;
  /** What each success gave; it stays when the step is undone. */
  readonly done: Readonly<Partial<Results>>;
  readonly steps: { readonly [Step in keyof Results]?: StepStatus };
  /** How often the command, or the compensation that is under way, was sent. */
  readonly attempts: { readonly [Step in keyof Results]?: number };
  /** The first one, or `null`. */
  readonly failure: StepFailure | null;
  /** How often it came to its end: again after a late success that was compensated. */
  readonly ends: number;
}
