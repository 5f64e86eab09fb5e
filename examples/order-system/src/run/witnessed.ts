import { type Invariant, Violations } from '../audit/invariant.ts';
import type { TransportName } from '../transport/transport-name.ts';
import { promisesOf } from '../transport/transport-promises.ts';

/** What only the run itself can see. */
export interface WitnessedFacts {
  readonly transport: TransportName;
  /** Also, that the broker had taken a message when the relay was killed, and the relay did not know it. */
  readonly faultsHappened: boolean;
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

function disturbed({ transport, faultsHappened, duplicates, relays }: WitnessedFacts): Invariant {
  const { republishedDroppedBy: filter } = promisesOf(transport);
  const arrived = `${duplicates.toLocaleString('en')} duplicates arrived`;
  return new Violations()
    .add(faultsHappened ? 0 : 1, 'fault that did not happen as it was meant to')
    .add(faultsHappened && duplicates === 0 && filter === null ? 1 : 0, 'kill after which nothing arrived again')
    .invariant(
      'the run was disturbed',
      `transport taken down, relay killed (${relays} relays in turn), ${arrived}` +
        (filter === null ? '' : ` past ${filter}, which drops what is published again`),
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
