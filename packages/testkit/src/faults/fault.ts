export const faultKinds = [
  'crash-before',
  'crash-after',
  'error-before',
  'error-after',
  'pause',
  'duplicate',
  'reorder',
  'kill',
  'stop',
  'clock-jump',
  'down',
  'partition',
] as const;

/**
 * What may go wrong at one place.
 *
 * At an I/O of a process: `crash-before` ends the process and the effect does not happen; `crash-after` ends it when the effect has happened and
 * nobody knows; `error-before` refuses it; `error-after` lets it happen and tells the caller that it failed (the lost answer); `pause` freezes the
 * process for a while after it (a garbage collection, SIGSTOP), so that it wakes with dead leases.
 *
 * At a message of a broker: `duplicate` delivers it once more, `reorder` lets later ones overtake it.
 *
 * At a moment: `kill` and `stop` end a process without or with its own code, `clock-jump` moves its wall clock, `down` takes a server away for
 * a while, `partition` takes the way between a process and a server away.
 */
export type FaultKind = (typeof faultKinds)[number];

/** One fault as data: it can be saved, left out and replayed. */
export interface Fault {
  /** Where: `relay-1/bus.publish#2` is the second `bus.publish` of the process relay-1, `tick/bus#3` the third moment at which the bus may be disturbed. */
  readonly at: string;
  readonly kind: FaultKind;
  /** How long it lasts, or how far the clock jumps, in virtual milliseconds. */
  readonly ms?: number;
}
