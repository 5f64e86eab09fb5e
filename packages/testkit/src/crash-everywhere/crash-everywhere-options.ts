import type { AnyEventDefinition, OutgoingMessage } from '@holdfast/core';
import type { FaultKind } from '../faults/fault.ts';
import type { World } from '../kernel/world.ts';

export interface CrashEverywhereOptions {
  /** What the handler gets, in this order: messages made by `defineEvent` factories. Ids that are not given are `given-1`, `given-2`, … */
  readonly given: OutgoingMessage | readonly OutgoingMessage[];
  /** Contradictions to your rules when all is settled, one text for each; no payloads. It comes after each run, also the one without faults. */
  readonly check?: (world: World) => readonly string[] | Promise<readonly string[]>;
  /** Decode by these, as a consumer runtime with an `EventRegistry` does. @default data is parsed and not validated */
  readonly events?: readonly AnyEventDefinition[];
  /** The CloudEvents source of the messages. @default `/given` */
  readonly source?: string;
  /** What goes wrong at each place, one at a time. @default the four crashes and errors, pause, and duplicate deliveries */
  readonly kinds?: readonly FaultKind[];
  /**
   * So many pairs of faults are tried as well: a fault that the handler survives, and a second one at something that comes afterwards, so also in what the
   * handler does only because of the first one. Evenly over all that there are. @default 0
   */
  readonly pairs?: number;
  /** Decides how long each I/O takes. @default 1 */
  readonly seed?: number;
  /** When the queue gives a message to somebody else, in virtual milliseconds. A pause lasts half as long again. @default 30_000 */
  readonly leaseMs?: number;
  /** After how many deliveries a message that is not settled fails the run. @default 20 */
  readonly maxDeliveries?: number;
}

export interface CrashEverywhereResult {
  /** Places at which the process could die in a run without faults. */
  readonly points: number;
  /** Runs with one fault each. */
  readonly runs: number;
  /** Runs with two. */
  readonly pairs: number;
  /** How often the handler got a message, over all runs. */
  readonly deliveries: number;
  /** Messages that ended as dead letters, in every run alike. */
  readonly deadLetters: number;
  /** Runs with one fault, by its kind. */
  readonly byKind: Readonly<Partial<Record<FaultKind, number>>>;
  /** What could not be compared, and what to do about it. */
  readonly hints: readonly string[];
  /** The result as one line, with its hints. */
  readonly summary: string;
}
