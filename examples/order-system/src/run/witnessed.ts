import { type Invariant, Violations } from '../audit/invariant.ts';
import type { RequestFacts } from '../customers/request-facts.ts';
import type { TransportName } from '../transport/transport-name.ts';
import { promisesOf } from '../transport/transport-promises.ts';

/** What only the run itself can see. */
export interface WitnessedFacts {
  readonly transport: TransportName;
  /** Orders that were accepted. */
  readonly accepted: number;
  /** Also, that the broker had taken a message when the relay was killed, and the relay did not know it. */
  readonly faultsHappened: boolean;
  /** Also, that the provider had charged when it was killed, and nobody knew it. */
  readonly chargeFaultsHappened: boolean;
  readonly duplicates: number;
  readonly requests: RequestFacts;
  readonly relays: number;
  readonly providers: number;
  readonly payments: number;
  /** Processes that still run. */
  readonly openProcesses: () => number;
  /** Messages that are still in the broker, dead letters included. */
  readonly queued: number;
}

/** The invariants that the databases cannot tell. */
export function witnessed(facts: WitnessedFacts): readonly Invariant[] {
  return [answeredAlike(facts), disturbed(facts), nothingLeft(facts)];
}

/** F1.1, F1.2: who asks again gets the first answer, and a key is for one order. */
function answeredAlike({ requests }: WitnessedFacts): Invariant {
  const { orders, repeated, replayed, inProgress, givenUp, reused, reuseRefused, wrongAnswers } = requests;
  return new Violations()
    .add(wrongAnswers, 'answers that differ from the first one with their key')
    .add(reused - reuseRefused, 'other orders under a used key that were not refused')
    .add(orders > 0 && (repeated === 0 || reused === 0) ? 1 : 0, 'kind of repetition that did not happen')
    .invariant(
      'a request that comes again gets the first answer',
      `${count(orders)} orders over HTTP, ${count(repeated)} requests sent again (${count(givenUp)} not waited for): ` +
        `${count(replayed)} replayed, ${count(inProgress)} told to wait; ${count(reuseRefused)} with another order refused`,
    );
}

function disturbed(facts: WitnessedFacts): Invariant {
  const name = 'the run was disturbed';
  if (facts.accepted === 0)
    return new Violations().invariant(name, 'no order was accepted: there was nothing to disturb');
  const { transport, faultsHappened, chargeFaultsHappened, duplicates, relays, providers, payments } = facts;
  const { republishedDroppedBy: filter } = promisesOf(transport);
  return new Violations()
    .add(faultsHappened ? 0 : 1, 'fault of the transport or the relay that did not happen as it was meant to')
    .add(chargeFaultsHappened ? 0 : 1, 'fault of the provider or of payment that did not happen as it was meant to')
    .add(faultsHappened && duplicates === 0 && filter === null ? 1 : 0, 'kill after which nothing arrived again')
    .invariant(
      name,
      `transport taken down, killed and started again: relay (${relays} in turn), provider (${providers}), ` +
        `payment (${payments}); ${count(duplicates)} duplicates arrived` +
        (filter === null ? '' : ` past ${filter}, which drops what is published again`),
    );
}

function nothingLeft({ queued, openProcesses }: WitnessedFacts): Invariant {
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return new Violations()
    .add(queued, 'messages in the broker')
    .add(openProcesses(), 'processes')
    .add(timers, 'timers')
    .invariant(
      'nothing is left running',
      `${queued} messages in the broker, ${openProcesses()} processes, ${timers} timers`,
    );
}

function count(value: number): string {
  return value.toLocaleString('en');
}
