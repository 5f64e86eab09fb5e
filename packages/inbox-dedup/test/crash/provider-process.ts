// A payment provider as a process of its own: it keeps a ledger, knows nothing of idempotency, and loses three answers in ten.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SeededRandom } from '@holdfast/core/testing';
import Database from 'better-sqlite3';

const [file = '', port = '0', seed = '1'] = process.argv.slice(2);
const chance = new SeededRandom(Number(seed));
const ledger = new Database(file);
ledger.pragma('journal_mode = WAL');
// It is killed, not its machine.
ledger.pragma('synchronous = OFF');
ledger.exec('create table if not exists charge (id integer primary key, key text not null, cents integer not null)');
ledger.exec('create index if not exists charge_by_key on charge (key)');
const insert = ledger.prepare('insert into charge (key, cents) values (?, ?)');
const find = ledger.prepare('select id, cents from charge where key = ? order by id');

interface Asked {
  readonly key: string;
  readonly cents: number;
  /** What the card is good for. */
  readonly isDeclined: boolean;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function charge(asked: Asked, response: ServerResponse): void {
  const { isDeclined } = asked;
  const dice = chance.next();
  if (isDeclined) answer(response, 200, { error: 'card_declined' });
  else if (dice < 0.04) answer(response, 429, { error: 'slow down' });
  else if (dice < 0.06) response.destroy();
  else if (dice < 0.08) answer(response, 200, { error: 'try_later' });
  else chargeNow(asked, dice, response);
}

/** Three in ten of all that are asked for are charged and not answered. */
function chargeNow({ key, cents }: Asked, dice: number, response: ServerResponse): void {
  const { lastInsertRowid } = insert.run(key, cents);
  const made = { charge: { id: Number(lastInsertRowid), cents } };
  if (dice < 0.38) response.destroy();
  else if (dice < 0.42) answer(response, 500, { error: 'internal' });
  else if (dice < 0.43) setTimeout(() => answer(response, 200, made), 1_500);
  else answer(response, 200, made);
}

function lookUp(key: string, response: ServerResponse): void {
  const dice = chance.next();
  const found = find.get(key);
  if (dice < 0.04) answer(response, 503, { error: 'try again' });
  else if (dice < 0.06) answer(response, 200, { processing: true });
  else if (found === undefined) answer(response, 404, {});
  else answer(response, 200, { charge: found });
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    lookUp(request.url?.slice(1) ?? '', response);
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  charge(JSON.parse(Buffer.concat(chunks).toString()), response);
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});
server.listen(Number(port), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
