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
import { type Outcome, outcomeDifferences, outcomeOf } from './outcome.ts';

export interface CrashRunOptions extends Omit<CrashEverywhereOptions, 'given' | 'kinds' | 'pairs'> {
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
  /** Whether the parts of the user's world count the same as before the first delivery. */
  readonly isUnchanged: boolean;
  /** Parts of the user's world that count rows only. */
  readonly rowCounters: readonly string[];
  readonly hasOwnCheck: boolean;
  readonly problems: readonly Problem[];
  readonly deliveries: number;
  readonly deadLetters: number;
  /** Why the first of them is one. */
  readonly whyDead: string | null;
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
  let isUnchanged = true;
  let rowCounters: readonly string[] = [];
  const definition = {
    safetyMs: LONGEST_MS,
    settleMs: LONGEST_MS,
    world: (world: World) => build(world, options),
    check: [
      {
        name: 'the outcome is that of a run without faults',
        check: ({ loop, before }: Built, world: World) => {
          outcome = outcomeOf(world);
          isUnchanged = outcomeDifferences(before, outcome).length === 0;
          rowCounters = world.parts.filter((part) => part.countsRowsOnly === true).map(({ name }) => name);
          outcome = { ...outcome, [queueName]: loop.counts() };
          return expected === null ? [] : outcomeDifferences(expected, outcome);
        },
      },
      {
        name: 'your check',
        check: ({ contradictions }: Built) => contradictions,
      },
    ],
  };
  const { facts, simulation, problems } = await runWorld(definition, {
    seed,
    faults,
    record,
    strict: expected === null,
  });
  const { loop, hasOwnCheck } = facts;
  if (loop.refusal !== null) throw loop.refusal;
  return {
    outcome,
    isUnchanged,
    rowCounters,
    hasOwnCheck,
    problems,
    deliveries: loop.deliveries,
    deadLetters: loop.deadLetters.length,
    whyDead: loop.deadLetters[0]?.lastFailure ?? null,
    messages: loop.messages.map(({ id }) => id),
    events: simulation.trace.events,
    hash: simulation.trace.hash,
  };
}

interface Built {
  readonly loop: DeliveryLoop;
  /** What the parts of the user's world counted when it was built. */
  readonly before: Outcome;
  readonly hasOwnCheck: boolean;
  /** What the user's checks found. */
  readonly contradictions: readonly string[];
}

async function build(world: World, options: CrashRunOptions): Promise<Built> {
  const { make, leaseMs, maxDeliveries, events } = options;
  const handler = handlerUnderTest(await make(world));
  const registry = events === undefined ? null : new EventRegistry(events);
  const decode = (envelope: Envelope): Message => registry?.decode(envelope) ?? decodeEnvelope(envelope);
  const loop = new DeliveryLoop({ world, handler, given: encode(world, options), decode, leaseMs, maxDeliveries });
  const contradictions: string[] = [];
  const hasOwnCheck = handler.check !== undefined || options.check !== undefined;
  world.beforeChecks(async () => {
    contradictions.push(...((await handler.check?.()) ?? []), ...((await options.check?.(world)) ?? []));
  });
  return { loop, before: outcomeOf(world), hasOwnCheck, contradictions };
}

function encode(world: World, { given, source }: CrashRunOptions): readonly Envelope[] {
  const encoder = new MessageEncoder({ source, clock: world.clock });
  return given.map((message, index) => encoder.encode({ ...message, id: message.id ?? `given-${index + 1}` }));
}
