import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import type { SimulatedBroker, World } from '@holdfast/testkit';
import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import type { Situations } from './situations.ts';

export interface RelayProcessOptions {
  readonly world: World;
  readonly broker: SimulatedBroker;
  readonly situations: Situations;
  /** By the name of the service; each has a relay. */
  readonly outboxes: Readonly<Record<string, SimulatedSqlite>>;
}

/** One process with a relay for each outbox. */
export function startRelays(process: string, { world, broker, situations, outboxes }: RelayProcessOptions) {
  const bus = broker.connect();
  const publisher = situations.watched(bus);
  const relays = Object.entries(outboxes).map(([service, database]) => {
    const store = world.port('outbox', new SqliteOutboxStore({ database: database.database() }), {
      except: ['name', 'wakeUp', 'dialect'],
    });
    return new Relay({
      store,
      publisher,
      leaseMs: 1_500,
      pollMaxMs: 400,
      probeMaxMs: 1_000,
      onEvent: (event) => situations.relayed({ process, service }, event),
    });
  });
  for (const relay of relays) relay.start();
  const stop = async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await bus.close();
  };
  return { stop };
}
