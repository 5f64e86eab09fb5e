import { type Invariant, Violations } from '../audit/invariant.ts';

/** What only the run itself can see. */
export interface WitnessedFacts {
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
  const { faultsHappened, duplicates, relays, openRelays, queued } = facts;
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return [
    new Violations()
      .add(faultsHappened ? 0 : 1, 'fault that did not happen as it was meant to')
      .invariant(
        'the run was disturbed',
        `transport taken down, relay killed (${relays} relays in turn), ${duplicates.toLocaleString('en')} duplicates arrived`,
      ),
    new Violations()
      .add(queued, 'messages in the broker')
      .add(openRelays, 'relay processes')
      .add(timers, 'timers')
      .invariant(
        'nothing is left running',
        `${queued} messages in the broker, ${openRelays} processes, ${timers} timers`,
      ),
  ];
}
