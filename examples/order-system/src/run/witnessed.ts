import { type Invariant, Violations } from '../audit/invariant.ts';
import type { TransportName } from '../transport/transport-name.ts';
import { promisesOf } from '../transport/transport-promises.ts';

/** What only the run itself can see. */
export interface WitnessedFacts {
  readonly transport: TransportName;
  readonly faultsHappened: boolean;
  /** Messages that the relay published and could not record, so that the next one published them again. */
  readonly unrecorded: number;
  readonly duplicates: number;
  readonly relays: number;
  /** Relay processes that still run. */
  readonly openRelays: number;
  /** Messages that are still in the broker, dead letters included. */
  readonly queued: number;
}

/** The invariants that the databases cannot tell. */
export function witnessed(facts: WitnessedFacts): readonly Invariant[] {
  return [disturbed(facts), nothingLeft(facts)];
}

function disturbed({ transport, faultsHappened, unrecorded, duplicates, relays }: WitnessedFacts): Invariant {
  const { republishedDroppedBy } = promisesOf(transport);
  const isUnseen = unrecorded > 0 && duplicates === 0 && republishedDroppedBy === null;
  const dropped =
    republishedDroppedBy === null ? '' : ` past ${republishedDroppedBy}, which drops what is published again`;
  return new Violations()
    .add(faultsHappened ? 0 : 1, 'fault that did not happen as it was meant to')
    .add(isUnseen ? unrecorded : 0, 'messages published again, none of which arrived again')
    .invariant(
      'the run was disturbed',
      `transport taken down, relay killed (${relays} relays in turn, ${count(unrecorded)} messages sent again), ` +
        `${count(duplicates)} duplicates arrived${dropped}`,
    );
}

function nothingLeft({ queued, openRelays }: WitnessedFacts): Invariant {
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return new Violations()
    .add(queued, 'messages in the broker')
    .add(openRelays, 'relay processes')
    .add(timers, 'timers')
    .invariant(
      'nothing is left running',
      `${queued} messages in the broker, ${openRelays} processes, ${timers} timers`,
    );
}

function count(value: number): string {
  return value.toLocaleString('en');
}
