import type { FaultKind } from '../faults/fault.ts';
import type { SimulatedEvent } from './event-queue.ts';
import type { ForeignWork } from './foreign-calls.ts';

/** A place in a port where a process does I/O. */
export interface PointSite {
  /** What is done, e.g. `orders.commit`. Counted per process, so that a fault can name the second one. */
  readonly label: string;
  /** What may go wrong here. @default the four crashes and errors, and pause; with a server also partition */
  readonly kinds?: readonly FaultKind[];
  /** What a refusal looks like to the caller. @default SimulatedFaultError */
  readonly errorBefore?: () => unknown;
  /** What a lost answer looks like to the caller. @default SimulatedFaultError, of class `unknown` */
  readonly errorAfter?: () => unknown;
  /** Ids of the messages that it is about, for reports. */
  readonly messages?: readonly string[];
}

/** One that takes time. */
export interface IoSite extends PointSite {
  /** The server that it goes to: while that is down it is refused, while the way to it is cut it is lost. */
  readonly server?: string;
  /** The answer travels too, and may be overtaken by whatever happens meanwhile. @default false */
  readonly answers?: boolean;
  /** What was sent may still arrive when the sender is dead. @default false */
  readonly outlivesSender?: boolean;
  /** I/O of one lane happens in the order in which it was begun, as on one connection. */
  readonly lane?: IoLane;
  /** How long a caller waits for a way that is cut, in milliseconds. @default 1_000 */
  readonly timeoutMs?: number;
  /**
   * The effect is real work, e.g. a statement on a real database: nothing else happens until it is over, or says that it is blocked. It runs with
   * real time. @default the effect is simulated
   */
  readonly foreign?: ForeignWork;
}

/** A connection, as far as order goes. */
export class IoLane {
  lastAt = 0;
  readonly #pending = new Set<SimulatedEvent>();
  #isClosed = false;

  /** @internal What is on its way in it. */
  add(event: SimulatedEvent): void {
    event.cancelled ||= this.#isClosed;
    this.#pending.add(event);
  }

  /** @internal It has arrived. */
  remove(event: SimulatedEvent): void {
    this.#pending.delete(event);
  }

  /** Nothing arrives and no answer comes back any more: promises of its I/O stay open, so whoever closes it tells their callers. */
  close(): void {
    this.#isClosed = true;
    for (const event of this.#pending) event.cancelled = true;
    this.#pending.clear();
  }
}

export const ioFaults: readonly FaultKind[] = ['crash-before', 'crash-after', 'error-before', 'error-after', 'pause'];

/** On the way to a server. */
export const wayFaults: readonly FaultKind[] = [...ioFaults, 'partition'];

/** What may go wrong for somebody outside, whom no fault touches: the way, but not the caller. */
export function faultsOutside({ server, kinds = wayFaults }: IoSite): readonly FaultKind[] {
  if (server === undefined) return NO_FAULTS;
  return kinds === wayFaults ? outsideFaults : kinds.filter((kind) => outsideFaults.includes(kind));
}

const NO_FAULTS: readonly FaultKind[] = [];
const outsideFaults: readonly FaultKind[] = ['error-before', 'error-after', 'partition'];
