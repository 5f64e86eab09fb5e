import {
  decodeEnvelope,
  type Envelope,
  EventRegistry,
  type Message,
  MessageEncoder,
  type OutgoingMessage,
} from '@holdfast/core';
import { runWorld } from '../campaign/run-world.ts';
import type { FaultSource } from '../faults/fault-source.ts';
import type { Problem } from '../kernel/problem.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { World } from '../kernel/world.ts';
import type { CrashEverywhereOptions } from './crash-everywhere-options.ts';
import { DeliveryLoop, queueName } from './delivery-loop.ts';
import { handlerUnderTest, type MakeHandler } from './handler-under-test.ts';
import { isEmptyOutcome, type Outcome, outcomeDifferences, outcomeOf } from './outcome.ts';

export interface CrashRunOptions extends Omit<CrashEverywhereOptions, 'given' | 'kinds'> {
  readonly make: MakeHandler;
  readonly given: readonly OutgoingMessage[];
  readonly source: string;
  readonly seed: number;
  readonly leaseMs: number;
  readonly maxDeliveries: number;
  readonly faults: FaultSource;
  /** What must come out; `null` in the run without faults. */
  readonly expected: Outcome | null;
  /** Keeps every event. @default false */
  readonly record?: boolean;
}

/** What one run of a handler came to. */
export interface CrashRun {
  readonly outcome: Outcome;
  /** Whether the parts of the user's world keep nothing at all. */
  readonly isEmpty: boolean;
  readonly hasOwnCheck: boolean;
  readonly problems: readonly Problem[];
  readonly deliveries: number;
  readonly deadLetters: number;
  readonly messages: readonly string[];
  readonly events: readonly TraceEvent[];
  /** Of the course that the run took. */
  readonly hash: string;
}

/** Longest virtual time that a run takes: many attempts with long pauses between them. */
const LONGEST_MS = 24 * 3_600_000;

/** One run of a handler in a world of its own. @throws what the handler cannot be tested for */
export async function crashRun(options: CrashRunOptions): Promise<CrashRun> {
  const { faults, seed, record = false, expected } = options;
  let outcome: Outcome = {};
  let isEmpty = true;
  const definition = {
    safetyMs: LONGEST_MS,
    settleMs: LONGEST_MS,
    world: (world: World) => build(world, options),
    check: [
      {
        name: 'the outcome is that of a run without faults',
        check: ({ loop }: Built, world: World) => {
          outcome = outcomeOf(world);
          isEmpty = isEmptyOutcome(outcome);
          outcome = { ...outcome, [queueName]: loop.counts() };
          return expected === null ? [] : outcomeDifferences(expected, outcome);
        },
      },
      {
        name: 'your check',
        check: ({ own }: Built, world: World) => [...(own?.() ?? []), ...(options.check?.(world) ?? [])],
      },
    ],
  };
  const { facts, simulation, problems } = await runWorld(definition, {
    seed,
    faults,
    record,
    strict: expected === null,
  });
  const { loop, own } = facts;
  if (loop.refusal !== null) throw loop.refusal;
  return {
    outcome,
    isEmpty,
    hasOwnCheck: own !== undefined || options.check !== undefined,
    problems,
    deliveries: loop.deliveries,
    deadLetters: loop.counts()['dead letters'] ?? 0,
    messages: loop.messages.map(({ id }) => id),
    events: simulation.trace.events,
    hash: simulation.trace.hash,
  };
}

interface Built {
  readonly loop: DeliveryLoop;
  readonly own: (() => readonly string[]) | undefined;
}

async function build(world: World, options: CrashRunOptions): Promise<Built> {
  const { make, leaseMs, maxDeliveries, events } = options;
  const handler = handlerUnderTest(await make(world));
  const registry = events === undefined ? null : new EventRegistry(events);
  const decode = (envelope: Envelope): Message => registry?.decode(envelope) ?? decodeEnvelope(envelope);
  const loop = new DeliveryLoop({ world, handler, given: encode(world, options), decode, leaseMs, maxDeliveries });
  return { loop, own: handler.check?.bind(handler) };
}

function encode(world: World, { given, source }: CrashRunOptions): readonly Envelope[] {
  const encoder = new MessageEncoder({ source, clock: world.clock });
  return given.map((message, index) => encoder.encode({ ...message, id: message.id ?? `given-${index + 1}` }));
}
