/** What is wrong with a state, or with a step. */
export interface Problem {
  /** The property that does not hold: the user's name of it, or one of {@link builtIn}. */
  readonly property: string;
  readonly detail: string;
}

/** The properties that are checked of every saga. */
export const builtIn = {
  noThrow: 'no function throws',
  dataFits: 'data fits its schema',
  noneRefused: 'no event is refused',
  belongs: 'every event belongs to the instance that is explored',
  noTimerLeft: 'no timer is left in a final state that does not take it',
  neverStuck: 'it never waits for ever without anybody knowing',
  comesToRest: 'it comes to rest',
} as const;
