import {
  InvalidOptionError,
  integerOption,
  type OutgoingMessage,
  oneOfOption,
  quoted,
  stringOption,
} from '@holdfast/core';
import { type Fault, type FaultKind, faultKinds } from '../faults/fault.ts';
import { type FaultSource, noFaults } from '../faults/fault-source.ts';
import { LaterSites } from '../faults/later-sites.ts';
import { PlanFaults } from '../faults/plan-faults.ts';
import { SiteRecorder } from '../faults/site-recorder.ts';
import { guardGlobals } from '../guard/guard-globals.ts';
import { ioFaults } from '../kernel/io-site.ts';
import { failureDiagram, failureReport } from '../report/failure-report.ts';
import { messageLife } from '../report/message-life.ts';
import { CrashEverywhereFailedError, type FailingFault } from './crash-everywhere-failed-error.ts';
import type { CrashEverywhereOptions, CrashEverywhereResult } from './crash-everywhere-options.ts';
import { type CrashRun, type CrashRunOptions, crashRun } from './crash-run.ts';
import { crashSweepResult } from './crash-sweep-result.ts';
import { crashedRun, withMessages } from './crashed-run.ts';
import type { MakeHandler } from './handler-under-test.ts';
import type { Outcome } from './outcome.ts';
import { requireTestable } from './require-testable.ts';
import { SweptSites } from './swept-sites.ts';
import { UntestableHandlerError } from './untestable-handler-error.ts';

const usualKinds: readonly FaultKind[] = [...ioFaults, 'duplicate'];

/** What came of the runs so far. */
interface Tried {
  readonly expected: Outcome;
  readonly failing: FailingFault[];
  deliveries: number;
}

/** A run without faults, one for each fault that can happen in it, and pairs of faults. */
export class CrashSweep {
  readonly #options: Omit<CrashRunOptions, 'faults' | 'expected'>;
  readonly #kinds: readonly FaultKind[];
  readonly #pairs: number;

  /** @throws InvalidOptionError */
  constructor(make: MakeHandler, options: CrashEverywhereOptions) {
    const { kinds = usualKinds, pairs, given, seed, leaseMs, maxDeliveries } = options;
    if (typeof make !== 'function') throw new InvalidOptionError('make', make, 'a function that takes the world');
    this.#kinds = kinds.map((kind) => oneOfOption('kinds', kind, { allowed: faultKinds }));
    this.#pairs = integerOption('pairs', pairs, { min: 0, max: 1_000_000, default: 0 });
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

  /** Longer than a lease. */
  get #pauseMs(): number {
    return Math.ceil(this.#options.leaseMs * 1.5);
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
    requireTestable(calm, sites, await this.#lifeWithoutFaults(calm));
    await this.#requireRepeatable(calm);
    const tried: Tried = { expected: calm.outcome, failing: [], deliveries: calm.deliveries };
    const singles = sites.faults(this.#kinds, this.#pauseMs);
    const candidates: [Fault, Fault][] = [];
    for (const fault of singles) candidates.push(...(await this.#trySingle(fault, tried)));
    const pairs = evenly(candidates, this.#pairs);
    for (const pair of pairs) await this.#try(pair, new PlanFaults(pair), tried);
    const counts = { runs: singles.length, pairs: pairs.length };
    if (tried.failing.length > 0) throw await this.#failure(tried, counts);
    return crashSweepResult({ ...counts, calm, sites, singles, deliveries: tried.deliveries });
  }

  /** What became of the first message, when something is wrong without any fault. */
  async #lifeWithoutFaults({ problems, messages: [id] }: CrashRun): Promise<string> {
    if (problems.length === 0 || id === undefined) return '';
    const { events } = await this.#run(noFaults, null, true);
    return `\n\nLife of message ${quoted(id)}\n${messageLife(withMessages(events), id)}`;
  }

  /** Returns the pairs that begin with it, when it is survived and they are wanted. */
  async #trySingle(fault: Fault, tried: Tried): Promise<readonly [Fault, Fault][]> {
    const plan = new PlanFaults([fault]);
    const later = new LaterSites(plan);
    const isSurvived = await this.#try([fault], this.#pairs === 0 ? plan : later, tried);
    if (!isSurvived) return [];
    return new SweptSites(later.sites).faults(this.#kinds, this.#pauseMs).map((second) => [fault, second]);
  }

  async #try(faults: readonly Fault[], source: FaultSource, tried: Tried): Promise<boolean> {
    const { problems, deliveries } = await this.#run(source, tried.expected);
    tried.deliveries += deliveries;
    if (problems.length > 0) tried.failing.push({ faults, problems });
    return problems.length === 0;
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
    { failing, expected }: Tried,
    counts: { runs: number; pairs: number },
  ): Promise<CrashEverywhereFailedError> {
    const [first] = failing;
    if (first === undefined) throw new TypeError('Nothing has failed.');
    const recorded = await this.#run(new PlanFaults(first.faults), expected, true);
    const failed = crashedRun({ failing, ...counts, seed: this.#options.seed, recorded });
    const diagram = failureDiagram(failed);
    return new CrashEverywhereFailedError(failureReport(failed), {
      failing,
      runs: counts.runs + counts.pairs,
      diagram,
    });
  }
}

/** So many of them, from all over. */
function evenly<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as Item);
}

function messagesOption(given: OutgoingMessage | readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  const messages = Array.isArray(given) ? (given as readonly OutgoingMessage[]) : [given as OutgoingMessage];
  const areMessages = messages.every((message) => typeof message?.type === 'string');
  if (messages.length === 0 || !areMessages) {
    throw new InvalidOptionError('given', given, 'a message made by an event of defineEvent, or a list of them');
  }
  return messages;
}
