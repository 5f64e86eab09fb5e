import type { Message } from '@holdfast/core';
import type { TransitionContext } from '../definition/saga-spec.ts';
import type { StepFailure } from './steps-data.ts';

/** What a command's function gets, without its types. */
export interface LooseView {
  readonly input: unknown;
  readonly done: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly failure: StepFailure | null;
}

export interface LooseCommand {
  readonly name: string;
  readonly data: (view: LooseView, context: TransitionContext) => unknown;
}

/** A step as it is written, without its types. */
export interface LooseStep {
  readonly command: LooseCommand;
  readonly success: string | { readonly event: string; readonly keep?: (message: Message) => unknown };
  readonly failure?: string | readonly string[];
  readonly reason?: (message: Message) => string;
  readonly unclear?: string;
  readonly retry?: {
    readonly attempts: number;
    readonly delayMs: number;
    readonly factor?: number;
    readonly maxDelayMs?: number;
    readonly when?: (message: Message) => boolean;
  };
  readonly timeout:
    | 'never'
    | {
        readonly afterMs: number;
        readonly resend?: number;
        readonly unanswered?: 'compensate' | 'uncertain' | 'stuck';
      };
  readonly compensation?:
    | 'none needed'
    | {
        readonly command: LooseCommand;
        readonly success: string;
        readonly failure?: string;
        readonly attempts?: number;
        readonly delayMs?: number;
        readonly factor?: number;
        readonly maxDelayMs?: number;
        readonly timeoutMs?: number;
      };
}

export type LooseEnd = Readonly<Record<string, ((view: unknown, context: TransitionContext) => unknown) | undefined>>;
