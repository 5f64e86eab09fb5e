import { isHoldfastError, summarizeError } from '@holdfast/core';
import type { Fault } from '../faults/fault.ts';
import { FaultRecorder } from '../faults/fault-recorder.ts';
import { type FaultSource, noFaults } from '../faults/fault-source.ts';
import type { Problem } from '../kernel/problem.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { World } from '../kernel/world.ts';
import { runWorld, type WorldDefinition } from './run-world.ts';

export interface RunCaseOptions {
  readonly seed: number;
  /** @default nothing goes wrong */
  readonly faults?: FaultSource;
  readonly size?: number;
  readonly record?: boolean;
}

/** What became of one run. */
export interface RunOutcome {
  readonly seed: number;
  /** Of its trace: equal hashes, equal runs. */
  readonly hash: string;
  readonly steps: number;
  readonly virtualMs: number;
  /** What went wrong in it by intent. */
  readonly faults: readonly Fault[];
  /** Conditions that were met, and how often. */
  readonly seen: ReadonlyMap<string, number>;
  /** Empty when all is well. */
  readonly problems: readonly Problem[];
  /** What the run threw, which is one of the problems. */
  readonly error?: unknown;
  /** Empty when it is not recorded. */
  readonly events: readonly TraceEvent[];
}

/** Runs a world once. What the run throws is a problem of the run. */
export async function runCase<Facts>(
  definition: WorldDefinition<Facts>,
  { seed, faults = noFaults, size = definition.size ?? 1, record = false }: RunCaseOptions,
): Promise<RunOutcome> {
  const recorder = new FaultRecorder(faults);
  const kept: { simulation?: Simulation } = {};
  const sized = {
    ...definition,
    world: (world: World) => {
      kept.simulation = world.simulation;
      return definition.world(world, size);
    },
  };
  try {
    const { problems, error } = await runWorld(sized, { seed, faults: recorder, record });
    return outcomeOf(kept.simulation, {
      seed,
      faults: recorder.taken,
      problems,
      ...(error === undefined ? {} : { error }),
    });
  } catch (error) {
    const problems = [...(kept.simulation?.problems ?? []), thrown(error)];
    return outcomeOf(kept.simulation, { seed, faults: recorder.taken, problems, error });
  }
}

function thrown(error: unknown): Problem {
  // Another error is another failure, which a run that is made smaller must not be taken for.
  const kind = isHoldfastError(error) ? error.code : error instanceof Error ? error.name : typeof error;
  return { check: `the run does not throw (${kind.slice(0, 64)})`, message: summarizeError(error) };
}

function outcomeOf(
  simulation: Simulation | undefined,
  rest: Pick<RunOutcome, 'seed' | 'faults' | 'problems' | 'error'>,
): RunOutcome {
  return {
    ...rest,
    hash: simulation?.trace.hash ?? '',
    steps: simulation?.steps ?? 0,
    virtualMs: simulation?.now ?? 0,
    seen: simulation?.seen ?? new Map(),
    events: simulation?.trace.events ?? [],
  };
}
