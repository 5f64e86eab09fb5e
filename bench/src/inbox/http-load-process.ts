import { randomUUID } from 'node:crypto';
import { quantile } from '../harness/summary.ts';
import { orderMessage } from '../outbox/order-message.ts';
import type { LoadReport, LoadTask } from './http-load.ts';
import { KeepAliveClient } from './keep-alive-client.ts';

let nextStored = 0;
let nextFresh = 0;

/** The same number, the same key and the same body. */
function request(keys: LoadTask['keys'], stored: number): string {
  if (keys === 'stored') {
    const number = nextStored++ % stored;
    return textOf(number, `"stored-${number}"`);
  }
  return textOf(nextFresh++, keys === 'fresh' ? `"${randomUUID()}"` : null);
}

function textOf(number: number, key: string | null): string {
  const body = JSON.stringify(orderMessage(number).data);
  const header = key === null ? '' : `Idempotency-Key: ${key}\r\n`;
  return (
    `POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
    `${header}\r\n${body}`
  );
}

async function run({ port, concurrency, until, keys, stored }: LoadTask): Promise<LoadReport> {
  const clients = await Promise.all(Array.from({ length: concurrency }, () => KeepAliveClient.connect(port)));
  const waits: number[] = [];
  let replayed = 0;
  let sent = 0;
  const startedAt = performance.now();
  const goesOn = () =>
    'requests' in until ? sent < until.requests : performance.now() - startedAt < until.seconds * 1e3;
  const worker = async (client: KeepAliveClient) => {
    while (goesOn()) {
      sent += 1;
      const text = request(keys, stored);
      const began = performance.now();
      const answer = await client.send(text);
      waits.push(performance.now() - began);
      if (answer.status !== 201)
        throw new Error(`A request was answered by ${answer.status}: ${answer.text.slice(0, 500)}`);
      if (/^idempotency-replayed: *true/im.test(answer.text)) replayed += 1;
    }
  };
  try {
    await Promise.all(clients.map(worker));
  } finally {
    for (const client of clients) client.close();
  }
  waits.sort((a, b) => a - b);
  return { count: waits.length, p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), replayed };
}

process.on('message', (task: LoadTask) => {
  run(task).then(
    (report) => process.send?.(report),
    (error: unknown) => process.send?.(error instanceof Error ? error.message : String(error)),
  );
});
process.send?.('ready');
