import { InvalidOptionError, integerOption, type Message, numberOption, oneOfOption } from '@holdfast/core';
import type { TransitionContext } from '../definition/saga-spec.ts';
import type { LooseCommand, LooseStep } from './loose-step.ts';
import type { StepsData } from './steps-data.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 86_400_000;

export interface Backoff {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
}

export interface PlannedCompensation extends Backoff {
  readonly command: LooseCommand;
  readonly success: string;
  readonly failure: string | null;
  readonly timeoutMs: number;
}

/** A step with its defaults, and where it stands. */
export interface PlannedStep {
  readonly name: string;
  readonly stage: number;
  readonly committed: boolean;
  readonly command: LooseCommand;
  readonly success: string;
  readonly keep: (message: Message) => unknown;
  readonly failures: readonly string[];
  readonly reason: ((message: Message) => string) | null;
  readonly unclear: string | null;
  readonly retry: (Backoff & { readonly when: (message: Message) => boolean }) | null;
  readonly timeout: {
    readonly afterMs: number;
    readonly resend: number;
    readonly unanswered: 'compensate' | 'uncertain' | 'stuck';
  } | null;
  readonly compensation: PlannedCompensation | null;
}

/** Steps that run at the same time; mostly one. */
export interface Stage {
  /** Of the state in which their answers are waited for. */
  readonly name: string;
  readonly index: number;
  readonly committed: boolean;
  readonly isGroup: boolean;
  readonly steps: readonly PlannedStep[];
}

/** @throws InvalidOptionError */
export function plannedStep(
  { name, spec }: { readonly name: string; readonly spec: LooseStep },
  { stage, committed }: { readonly stage: number; readonly committed: boolean },
): PlannedStep {
  const { command, success, failure = [], reason, unclear } = spec;
  const said = typeof success === 'string' ? { event: success } : success;
  return {
    name,
    stage,
    committed,
    command,
    success: said.event,
    keep: said.keep ?? (({ data }) => data),
    failures: typeof failure === 'string' ? [failure] : failure,
    reason: reason ?? null,
    unclear: unclear ?? null,
    retry: retryOf(name, spec),
    timeout: timeoutOf(name, { spec, committed }),
    compensation: committed ? noCompensation(name, spec) : compensationOf(name, spec),
  };
}

/** Whether a step can leave it open what happened. */
export function canBeUncertain({ unclear, timeout }: PlannedStep): boolean {
  return unclear !== null || timeout?.unanswered === 'uncertain';
}

/** Whether a step can end without success, without a person's doing. */
export function canFail(step: PlannedStep): boolean {
  return step.failures.length > 0 || step.timeout !== null || canBeUncertain(step);
}

/** How long to pause before the next attempt, in milliseconds. No chance is in it: decisions are pure. */
export function pauseMs({ delayMs, factor, maxDelayMs }: Backoff, step: string): (data: unknown) => number {
  return (data) => Math.min(maxDelayMs, delayMs * factor ** Math.max(0, attemptsOf(data as StepsData, step) - 1));
}

export function attemptsOf(data: StepsData, step: string): number {
  return data.attempts[step] ?? 0;
}

/** The command's data, as a transition's `send` makes it. */
export function commandData(
  { data: make }: LooseCommand,
  step: string,
): (data: unknown, input: unknown, context: TransitionContext) => unknown {
  return (data, _, context) => {
    const { input, done, failure } = data as StepsData;
    return make({ input, done, failure, attempt: attemptsOf(data as StepsData, step) }, context);
  };
}

function retryOf(step: string, { retry }: LooseStep): PlannedStep['retry'] {
  if (retry === undefined) return null;
  return { ...backoffOf(`${step}.retry`, retry), when: retry.when ?? (() => true) };
}

function timeoutOf(
  step: string,
  { spec: { timeout }, committed }: { readonly spec: LooseStep; readonly committed: boolean },
): PlannedStep['timeout'] {
  if (timeout === 'never') return null;
  const named = `${step}.timeout`;
  return {
    afterMs: integerOption(`${named}.afterMs`, timeout?.afterMs, { min: 1, max: YEAR_MS }),
    resend: integerOption(`${named}.resend`, timeout?.resend, { min: 0, max: 1_000, default: 0 }),
    unanswered: oneOfOption(`${named}.unanswered`, timeout?.unanswered, {
      allowed: committed ? ['stuck', 'uncertain'] : ['compensate', 'uncertain'],
      ...(committed && { default: 'stuck' }),
    }),
  };
}

function compensationOf(step: string, { compensation }: LooseStep): PlannedCompensation | null {
  if (compensation === 'none needed') return null;
  if (compensation === undefined) {
    throw new InvalidOptionError(`${step}.compensation`, compensation, 'what undoes the step, or "none needed"');
  }
  const named = `${step}.compensation`;
  const {
    command,
    success,
    failure = null,
    attempts = 5,
    delayMs = 1_000,
    factor,
    maxDelayMs,
    timeoutMs,
  } = compensation;
  return {
    ...backoffOf(named, { attempts, delayMs, factor, maxDelayMs }),
    command,
    success,
    failure,
    timeoutMs: integerOption(`${named}.timeoutMs`, timeoutMs, { min: 1, max: YEAR_MS, default: 60_000 }),
  };
}

function noCompensation(step: string, { compensation }: LooseStep): null {
  if (compensation === undefined) return null;
  throw new InvalidOptionError(
    `${step}.compensation`,
    compensation,
    'left out: nothing is undone after the point of no return',
  );
}

interface LooseBackoff {
  readonly attempts: number;
  readonly delayMs: number;
  readonly factor?: number | undefined;
  readonly maxDelayMs?: number | undefined;
}

function backoffOf(named: string, { attempts, delayMs, factor, maxDelayMs }: LooseBackoff): Backoff {
  return {
    attempts: integerOption(`${named}.attempts`, attempts, { min: 1, max: 1_000 }),
    delayMs: integerOption(`${named}.delayMs`, delayMs, { min: 0, max: YEAR_MS }),
    factor: numberOption(`${named}.factor`, factor, { min: 1, max: 100, default: 2 }),
    maxDelayMs: integerOption(`${named}.maxDelayMs`, maxDelayMs, { min: 0, max: YEAR_MS, default: HOUR_MS }),
  };
}
