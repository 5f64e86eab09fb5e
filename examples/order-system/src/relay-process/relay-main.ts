import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase } from '../sqlite/open-database.ts';
import { IpcPublisher } from './ipc-publisher.ts';
import type { ParentChannel } from './parent-channel.ts';
import type { ToRelay } from './process-messages.ts';

/** Short, so that the next relay takes over soon after this one was killed. */
const LEASE_MS = 1_500;

// The program of the relay process: `node relay-main.ts ORDER-DATABASE`, forked by RelayProcess.
const [, , file] = process.argv;
if (file === undefined || process.send === undefined) {
  throw new Error('relay-main.ts is started by the order system, with the file of the order database.');
}

const channel = process as ParentChannel;
const db = openDatabase(file);
const relay = new Relay({
  store: new SqliteOutboxStore({ database: new BetterSqlite3Database(db) }),
  publisher: new IpcPublisher({ channel }),
  leaseMs: LEASE_MS,
  pollMaxMs: 100,
  onEvent: (event) => {
    if (channel.connected) channel.send({ kind: 'event', event }, ignoreLoss);
  },
});

// A terminal sends Ctrl-C to both processes; when this one ends is the parent's decision.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('disconnect', () => void stop());
process.on('message', (message: ToRelay) => {
  if (message.kind === 'stop') void stop();
});
relay.start();

async function stop(): Promise<void> {
  await relay.stop({ deadlineMs: 5_000 });
  db.close();
  if (process.connected) process.disconnect();
}

/** The parent is gone: 'disconnect' follows. */
function ignoreLoss(): void {}
