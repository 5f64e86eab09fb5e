/** What a step of a saga that is made of steps does, by the names of its definition: for checks, drawings and participants in tests. */
export interface StepPlan {
  readonly name: string;
  /** Steps run in this order, from 0; those with the same number run at the same time. */
  readonly stage: number;
  /** The state in which its answer is waited for: its name, or that of its parallel group. */
  readonly state: string;
  readonly command: string;
  readonly success: string;
  /** Events that say that it did not happen. */
  readonly failures: readonly string[];
  /** The event that says that nobody knows whether it happened. */
  readonly unclear: string | null;
  /** `null`: it is waited for without end. */
  readonly timeout: StepTimeoutPlan | null;
  /** How often it is sent at most when a failure says try again; 1: once. */
  readonly attempts: number;
  /** `null`: declared to need none, or after the point of no return. */
  readonly compensation: CompensationPlan | null;
  /** Nothing is compensated any more: it must succeed in the end. */
  readonly afterPointOfNoReturn: boolean;
  /** Whether it can end without success, so that what was done before has to be undone. */
  readonly canFail: boolean;
}

export interface StepTimeoutPlan {
  readonly afterMs: number;
  /** How often the command is sent again before it counts as unanswered. */
  readonly resend: number;
  readonly unanswered: 'compensate' | 'uncertain' | 'stuck';
}

export interface CompensationPlan {
  readonly command: string;
  readonly success: string;
  readonly failure: string | null;
  /** How often it is sent before a person has to look. */
  readonly attempts: number;
}
