import type { Decision } from './decision.ts';

/**
 * Offers parked events to their instance, the oldest first, and returns those that stay parked. One that moves the instance or is ignored
 * now is gone; after each move all that are left are offered again.
 */
export function offerParked<Event>(
  parked: readonly Event[],
  offer: (event: Event) => Decision['kind'],
): readonly Event[] {
  const left = [...parked];
  for (let index = 0; index < left.length; ) {
    const kind = offer(left[index] as Event);
    if (kind === 'moved' || kind === 'ignored') left.splice(index, 1);
    // What it changed may be what an earlier one waits for.
    if (kind === 'moved') index = 0;
    else if (kind !== 'ignored') index += 1;
  }
  return left;
}
