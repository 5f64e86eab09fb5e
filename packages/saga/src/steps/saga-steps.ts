import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { EventMap, EventMessage, UnexpectedPolicy } from '../definition/saga-spec.ts';
import type { LooseStepsOptions } from './expand-steps.ts';
import { StepsBuilder } from './steps-builder.ts';

export interface SagaStepsOptions<
  Events extends EventMap,
  Commands extends EventMap,
  Start extends keyof Events & string,
  Input,
> {
  /** Stays for ever: instances are stored under it. */
  readonly name: string;
  /** Of this definition: another number whenever instances of the old one could not go on with it. @default 1 */
  readonly version?: number;
  /** What comes in: what begins it, and the answers of its steps. */
  readonly events: Events;
  /** What goes out. */
  readonly commands: Commands;
  /** What begins an instance. */
  readonly start: {
    readonly event: Start;
    /** What the steps see as `input`: JSON. @default the event's data */
    readonly input?: (message: EventMessage<Events[Start]>) => Input;
    /** Checks it when it is stored and when it is loaded. Synchronous; it must accept its own output after JSON. @default no check */
    readonly schema?: StandardSchemaV1<unknown, Input>;
    /**
     * Which instances a person, or a job in a person's place, has to look at before their first step: they wait in the state `held` for the
     * action `release`, which lets them go on, or `cancel`. @default none
     */
    readonly hold?: (message: EventMessage<Events[Start]>) => boolean;
  };
  /** Which instance an event belongs to, by the event's name. @default the event's ordering key */
  readonly key?: { readonly [Event in keyof Events]?: (message: EventMessage<Events[Event]>) => string };
  /** For events that belong to no instance, and begin none. */
  readonly unmatched: UnexpectedPolicy;
  /** How long a finished instance is kept, in milliseconds: longer than any answer can be late, since a late success is compensated. */
  readonly retentionMs: number;
  /** Paths of data that the history must not show: `input.email`, `done.payment.card`. @default none */
  readonly redact?: readonly string[];
}

/**
 * Begins a saga that is made of steps: each asks for something by a command and waits for its answer. When one fails, those before
 * it are undone, the latest first. The end, `build`, gives the same definition as {@link defineSaga}.
 * @example
 * const order = sagaSteps({ name: 'order', events, commands, start: { event: 'orderPlaced' }, unmatched: 'fail', retentionMs })
 *   .step('payment', {
 *     command: { name: 'requestPayment', data: ({ input }) => ({ orderId: input.orderId, cents: input.cents }) },
 *     success: { event: 'paymentSucceeded', keep: ({ data }) => ({ paymentId: data.paymentId }) },
 *     failure: 'paymentFailed',
 *     timeout: { afterMs: 30_000, unanswered: 'compensate' },
 *     compensation: {
 *       command: { name: 'refund', data: ({ done }) => ({ paymentId: done.payment.paymentId }) },
 *       success: 'refunded',
 *     },
 *   })
 *   .build();
 */
export function sagaSteps<
  const Events extends EventMap,
  const Commands extends EventMap,
  const Start extends keyof Events & string,
  Input = EventMessage<Events[Start]>['data'],
>(
  options: SagaStepsOptions<Events, Commands, Start, Input>,
): StepsBuilder<{ events: Events; commands: Commands; input: Input }> {
  return new StepsBuilder({ options: options as unknown as LooseStepsOptions, stages: [] });
}
