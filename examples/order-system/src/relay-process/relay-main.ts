import { basename } from 'node:path';
import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase } from '../sqlite/open-database.ts';
import { openRelayTransport } from '../transport/open-relay-transport.ts';
import type { RelayRoute } from '../transport/relay-route.ts';
import type { ParentChannel } from './parent-channel.ts';
import type { ToRelay } from './process-messages.ts';
import { RELAY_ROUTE_VARIABLE } from './relay-route-variable.ts';
import { WithheldReceipts } from './withheld-receipts.ts';

/** Short, so that the next relay takes over soon after this one was killed. */
const LEASE_MS = 1_500;

// The program of the relay process: `node relay-main.ts DATABASE…`, forked by RelayProcess. Each service's outbox has a relay of its own.
const [, , ...files] = process.argv;
const route = process.env[RELAY_ROUTE_VARIABLE];
if (files.length === 0 || route === undefined || process.send === undefined) {
  throw new Error(
    'relay-main.ts is started by the order system, with the files of the services that send, and a route.',
  );
}

const channel = process as ParentChannel;
const transport = await openRelayTransport(JSON.parse(route) as RelayRoute, channel);
const receipts = new WithheldReceipts(transport.publisher);
const outboxes = files.map((file) => {
  // What a loss of power takes of the cursor is published again, and of a lease nobody has one any more.
  const db = openDatabase(file, '', 'process-end');
  const service = basename(file, '.sqlite3');
  const relay = new Relay({
    store: new SqliteOutboxStore({ database: new BetterSqlite3Database(db) }),
    publisher: receipts,
    leaseMs: LEASE_MS,
    pollMaxMs: 100,
    probeMaxMs: 300,
    onEvent: (event) => {
      if (channel.connected) channel.send({ kind: 'event', service, event }, ignoreLoss);
    },
  });
  return { db, relay };
});

// A terminal sends Ctrl-C to both processes; when this one ends is the parent's decision.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
process.on('message', (message: ToRelay) => {
  if (message.kind === 'stop') void stop();
  if (message.kind === 'withhold-receipts') {
    receipts.withhold(() => {
      if (channel.connected) channel.send({ kind: 'receipt-withheld' }, ignoreLoss);
    });
  }
});
for (const { relay } of outboxes) relay.start();
// It was lost while the transport opened.
if (!channel.connected) void stop();

async function stop(): Promise<void> {
  receipts.release();
  await Promise.all(outboxes.map(({ relay }) => relay.stop({ deadlineMs: 5_000 })));
  await transport.close();
  for (const { db } of outboxes) db.close();
  if (process.connected) process.disconnect();
}

/** The parent is gone: 'disconnect' follows. */
function ignoreLoss(): void {}
