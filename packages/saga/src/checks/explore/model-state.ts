/** A state of the whole: each part by its number. */
export interface ModelState {
  readonly instance: number;
  readonly world: number;
  /** Messages that are on their way. */
  readonly flight: number;
  /** Messages that were delivered and may come once more. */
  readonly delivered: number;
  /** Events with an id of their sender's that the inbox knows. */
  readonly known: number;
  readonly spent: number;
}

export const stateWidth = 6;

export function rowOf({ instance, world, flight, delivered, known, spent }: ModelState): readonly number[] {
  return [instance, world, flight, delivered, known, spent];
}

export function stateOf(row: readonly number[]): ModelState {
  const [instance = 0, world = 0, flight = 0, delivered = 0, known = 0, spent = 0] = row;
  return { instance, world, flight, delivered, known, spent };
}
