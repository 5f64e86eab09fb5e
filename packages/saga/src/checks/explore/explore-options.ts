import type { Clock, OutgoingMessage } from '@holdfast/core';
import type { EventMessage, SagaNames, StateData } from '../../definition/saga-spec.ts';
import type { StateKind } from '../../definition/state-spec.ts';

type NameOf<Map> = keyof Map & string;

/** One thing that a participant may do with a command. */
export interface Reaction<World> {
  /** For the counterexample: `charges`, `refuses`. */
  readonly label: string;
  /** The world afterwards. @default unchanged */
  readonly world?: World;
  /** Events that it sends; made by the definition's events. They may arrive at any time later. @default none */
  readonly answers?: readonly OutgoingMessage[];
}

export interface Delivery {
  /**
   * The same message comes once more. A participant behind an inbox drops it: return `[]`. One without does again whatever it does with a
   * command that it has seen.
   */
  readonly redelivered: boolean;
}

/**
 * What a participant may do with a command, given what the world is like: several reactions are all explored. Pure: it neither changes
 * its arguments (they are frozen) nor looks at anything else.
 */
export type Participant<World, Command> = (
  world: World,
  command: Command,
  delivery: Delivery,
) => readonly Reaction<World>[];

/** By the name of the command. What has no participant goes out, and nobody answers it. */
export type Participants<Names extends SagaNames, World> = {
  readonly [Command in NameOf<Names['commands']>]?: Participant<World, EventMessage<Names['commands'][Command]>>;
};

/** What a property is about: an instance that has begun, between two transactions, and the world. */
export type Situation<Names extends SagaNames, World> = {
  readonly [State in NameOf<Names['states']>]: {
    readonly state: State;
    readonly data: StateData<Names['states'][State]>;
  };
}[NameOf<Names['states']>] & {
  readonly kind: StateKind;
  readonly world: World;
  /** Those that are set. */
  readonly timers: readonly Names['timers'][];
  /** Events that are parked, by their names. */
  readonly parked: readonly NameOf<Names['events']>[];
};

/** `false` where it does not hold. Pure. */
export type Property<Names extends SagaNames, World> = (situation: Situation<Names, World>) => boolean;

export interface ExploreBounds {
  /** How many messages come once more: events under a new id (the inbox drops the same id), commands as they are. @default 1 */
  readonly duplicates?: number;
  /** How many messages are lost for ever, as dead letters are. @default 0 */
  readonly lost?: number;
  /** How many steps a run has. @default 100 */
  readonly depth?: number;
  /** How many different states are looked at. @default 200_000 */
  readonly states?: number;
  /** How many equal messages are on their way at the same time; another one is not added. @default 3 */
  readonly copies?: number;
  /** How many timers run out in a run. @default no bound */
  readonly timers?: number;
  /** How often a person acts in a run. @default no bound */
  readonly operator?: number;
}

/** A bound that cut something off. */
export type CuttingBound = 'depth' | 'states' | 'copies' | 'timers' | 'operator';

export interface ExploreOptions<Names extends SagaNames, World> {
  /** Events that are sent at the beginning. They may arrive in any order and at any time. */
  readonly start: readonly OutgoingMessage[];
  /** What the participants have done: plain JSON. */
  readonly world: World;
  readonly participants?: Participants<Names, NoInfer<World>>;
  /** Whom counterexamples show for a command. @default the command's name */
  readonly lifelines?: { readonly [Command in NameOf<Names['commands']>]?: string };
  /** Actions that a person may take, in all states that take them. @default none */
  readonly operator?: readonly string[];
  readonly bounds?: ExploreBounds;
  /** Hold in every state, by what they say. */
  readonly always?: Readonly<Record<string, Property<Names, NoInfer<World>>>>;
  /** Hold where nothing is left to happen: no message is on its way, no timer is set. A person may still be able to act. */
  readonly finally?: Readonly<Record<string, Property<Names, NoInfer<World>>>>;
  /** `allow`: it may go on for ever without a person, as one does that polls. @default 'refuse' */
  readonly endless?: 'allow' | 'refuse';
  /** What the definition's functions get as `now`, always. @default 0 */
  readonly now?: number;
  /** For `elapsedMs`. @default the system's clock */
  readonly clock?: Clock;
}
