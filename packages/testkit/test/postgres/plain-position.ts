import type { PostgresOutboxStore, RelayOptions } from '@holdfast/outbox';

type Lanes = RelayOptions['store']['lanes'];

/** A planted bug: the cursor is a number, and what became visible below it is never read. */
export function plainPosition({ lanes }: PostgresOutboxStore): Lanes {
  return {
    lanes: () => lanes.lanes(),
    claim: (lane, fencingToken) => lanes.claim(lane, fencingToken),
    read: (claim, { position }, limit) =>
      lanes.read(claim, { consumed: '3:3:', target: null, floor: position, position }, limit),
    settle: (claim, progress) => lanes.settle(claim, progress),
  };
}
