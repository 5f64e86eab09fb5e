import { InvalidOptionError, integerOption, type OutgoingMessage, oneOfOption, stringOption } from '@holdfast/core';
import { type Fault, type FaultKind, faultKinds } from '../faults/fault.ts';
import type { FaultSource } from '../faults/fault-source.ts';
import { PlanFaults } from '../faults/plan-faults.ts';
import { SiteRecorder } from '../faults/site-recorder.ts';
import { guardGlobals } from '../guard/guard-globals.ts';
import { failureDiagram, failureReport } from '../report/failure-report.ts';
import { CrashEverywhereFailedError, type FailingFault } from './crash-everywhere-failed-error.ts';
import type { CrashEverywhereOptions, CrashEverywhereResult } from './crash-everywhere-options.ts';
import { type CrashRun, type CrashRunOptions, crashRun } from './crash-run.ts';
import { crashedRun } from './crashed-run.ts';
import type { MakeHandler } from './handler-under-test.ts';
import type { Outcome } from './outcome.ts';
import { SweptSites } from './swept-sites.ts';
import { UntestableHandlerError } from './untestable-handler-error.ts';

const usualKinds: readonly FaultKind[] = [
  'crash-before',
  'crash-after',
  'error-before',
  'error-after',
  'pause',
  'duplicate',
];

/** A run without faults, and one for each fault that can happen in it. */
export class CrashSweep {
  readonly #options: Omit<CrashRunOptions, 'faults' | 'expected'>;
  readonly #kinds: readonly FaultKind[];

  /** @throws InvalidOptionError */
  constructor(make: MakeHandler, options: CrashEverywhereOptions) {
    const { kinds = usualKinds, given, seed, leaseMs, maxDeliveries } = options;
    if (typeof make !== 'function') throw new InvalidOptionError('make', make, 'a function that takes the world');
    this.#kinds = kinds.map((kind) => oneOfOption('kinds', kind, { allowed: faultKinds }));
    this.#options = {
      ...options,
      make,
      given: messagesOption(given),
      source: stringOption('source', options.source, { maxBytes: 256, default: '/given' }),
      seed: integerOption('seed', seed, { min: 0, max: 0xffff_ffff, default: 1 }),
      leaseMs: integerOption('leaseMs', leaseMs, { min: 100, max: 3_600_000, default: 30_000 }),
      maxDeliveries: integerOption('maxDeliveries', maxDeliveries, { min: 1, max: 1_000, default: 20 }),
    };
  }

  async run(): Promise<CrashEverywhereResult> {
    // Held over all runs, each of which asks for it too.
    const release = guardGlobals();
    try {
      return await this.#sweep();
    } finally {
      release();
    }
  }

  async #sweep(): Promise<CrashEverywhereResult> {
    const recorder = new SiteRecorder();
    const calm = await this.#run(recorder, null);
    const sites = new SweptSites(recorder.sites);
    requireTestable(calm, sites);
    await this.#requireRepeatable(calm);
    const faults = sites.faults(this.#kinds, Math.ceil(this.#options.leaseMs * 1.5));
    const failing: FailingFault[] = [];
    let { deliveries } = calm;
    for (const fault of faults) {
      const run = await this.#run(new PlanFaults([fault]), calm.outcome);
      deliveries += run.deliveries;
      if (run.problems.length > 0) failing.push({ fault, problems: run.problems });
    }
    if (failing.length > 0) throw await this.#failure(failing, { runs: faults.length, expected: calm.outcome });
    const { points } = sites;
    return {
      points,
      runs: faults.length,
      deliveries,
      deadLetters: calm.deadLetters,
      byKind: countKinds(faults),
      summary: `${points} I/O points, ${faults.length} runs with one fault each, ${deliveries} deliveries: the same outcome in all`,
    };
  }

  #run(faults: FaultSource, expected: Outcome | null, record = false): Promise<CrashRun> {
    return crashRun({ ...this.#options, faults, expected, record });
  }

  async #requireRepeatable({ hash }: CrashRun): Promise<void> {
    const again = await this.#run(new SiteRecorder(), null);
    if (again.hash === hash) return;
    throw new UntestableHandlerError(
      'Without any fault, the handler takes another course each time, so no run can be repeated. Build everything anew in each world, and take time, chance and ids of the world.',
    );
  }

  async #failure(
    failing: readonly FailingFault[],
    { runs, expected }: { runs: number; expected: Outcome },
  ): Promise<CrashEverywhereFailedError> {
    const [first] = failing;
    if (first === undefined) throw new TypeError('Nothing has failed.');
    const recorded = await this.#run(new PlanFaults([first.fault]), expected, true);
    const failed = crashedRun({ failing, runs, seed: this.#options.seed, recorded });
    return new CrashEverywhereFailedError(failureReport(failed), { failing, runs, diagram: failureDiagram(failed) });
  }
}

function messagesOption(given: OutgoingMessage | readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  const messages = Array.isArray(given) ? (given as readonly OutgoingMessage[]) : [given as OutgoingMessage];
  const areMessages = messages.every((message) => typeof message?.type === 'string');
  if (messages.length === 0 || !areMessages) {
    throw new InvalidOptionError('given', given, 'a message made by an event of defineEvent, or a list of them');
  }
  return messages;
}

function requireTestable(calm: CrashRun, { points }: SweptSites): void {
  const [problem] = calm.problems;
  if (problem !== undefined) {
    throw new UntestableHandlerError(`Without any fault, this is not so: ${problem.check}. ${problem.message}`);
  }
  // Each message is acknowledged or dead-lettered: that is none of the handler's.
  if (points <= calm.messages.length) {
    throw new UntestableHandlerError(
      'The handler does no I/O that can be crashed. Give it parts of the world: world.port(…), new SimulatedService(…), a simulated database.',
    );
  }
  if (calm.isEmpty && !calm.hasOwnCheck) {
    throw new UntestableHandlerError(
      'Without any fault, no part of the world keeps anything, so runs cannot be compared. Add what the handler changes by world.part(…), or give a "check".',
    );
  }
}

function countKinds(faults: readonly Fault[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
