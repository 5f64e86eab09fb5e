import { InvalidOptionError, oneOfOption, quoted } from '@holdfast/core';
import type { AnyWork } from '../inbox/work.ts';

/** How messages of one stream are applied. */
export interface GateOptions<Tx> {
  /**
   * `in-order`: 1, 2, 3, … per key without a gap; a message that comes early is parked until the ones before it are applied.
   * `latest`: a message is dropped when a later one of its key was applied, for states where only the newest counts.
   */
  readonly mode: 'in-order' | 'latest';
  /**
   * Where `in-order` begins for a key of which nothing was applied: `first` with number 1; `any` with the number that comes first,
   * for a new consumer of an old stream; a smaller one that comes later is stale then. @default 'first'
   */
  readonly start?: 'first' | 'any';
  /**
   * What is done with parked messages of the stream when their turn comes. @default what a message of the same type was
   * handled with last, in this process; until there was one, this process leaves them parked
   */
  readonly work?: AnyWork<Tx>;
}

/** Gates by their stream. */
export type Gates<Tx> = Readonly<Record<string, GateOptions<Tx>>>;

/** @throws InvalidOptionError */
export function checkedGates<Tx>(gates: Gates<Tx>): ReadonlyMap<string, Required<Omit<GateOptions<Tx>, 'work'>>> {
  return new Map(
    Object.entries(gates).map(([stream, { mode, start, work }]) => {
      const name = `gates.${quoted(stream)}`;
      const isWork = typeof work === 'function' || typeof work?.apply === 'function';
      if (work !== undefined && !isWork) {
        throw new InvalidOptionError(`${name}.work`, work, 'a function, or an object with "prepare" and "apply"');
      }
      return [
        stream,
        {
          mode: oneOfOption(`${name}.mode`, mode, { allowed: ['in-order', 'latest'] }),
          start: oneOfOption(`${name}.start`, start, { allowed: ['first', 'any'], default: 'first' }),
        },
      ];
    }),
  );
}
