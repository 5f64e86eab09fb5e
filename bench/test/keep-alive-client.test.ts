import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { KeepAliveClient } from '../src/inbox/keep-alive-client.ts';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
let server: Server | undefined;

async function clientOf(answer: RequestListener): Promise<KeepAliveClient> {
  const started = createServer(answer);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return KeepAliveClient.connect((started.address() as AddressInfo).port);
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

test('answers with a length and in chunks are read to their end, one after another on one connection', async () => {
  let number = 0;
  const ports = new Set<number | undefined>();
  const client = await clientOf((request, response) => {
    ports.add(request.socket.remotePort);
    number += 1;
    response.statusCode = 200 + number;
    if (number === 2) {
      response.write('first ');
      setImmediate(() => response.end('last'));
    } else {
      response.setHeader('content-length', Buffer.byteLength('größe'));
      response.end('größe');
    }
  });
  const answers = [await client.send(GET), await client.send(GET), await client.send(GET)];
  client.close();
  expect(answers.map(({ status }) => status)).toEqual([201, 202, 203]);
  expect(answers[1]?.text).toContain('last');
  expect(ports.size).toBe(1);
});

test('an answer that does not come to its end is an error', async () => {
  const client = await clientOf((_, response) => {
    response.setHeader('content-length', 100);
    response.write('too little');
    setImmediate(() => response.destroy());
  });
  await expect(client.send(GET)).rejects.toThrow();
});
