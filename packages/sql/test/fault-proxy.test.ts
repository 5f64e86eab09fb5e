import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { FaultProxy } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';

test('answers vanish from certain bytes on, while the server gets what is sent after them', async () => {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(String(bytes));
      socket.write(`answer to ${bytes}`);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy = await FaultProxy.listen({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const client = connect(proxy.port, '127.0.0.1').on('error', () => {});
  onTestFinished(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });
  const answers: string[] = [];
  client.on('data', (bytes) => answers.push(String(bytes)));

  client.write('hello');
  await once(client, 'data');
  const triggered = proxy.when({ direction: 'up', bytes: 'publish', fault: 'silence-answers' });
  client.write('publish 1');
  await triggered;
  client.write('publish 2');
  for (const socket of sockets) await once(socket, 'data');
  // Healing resets the connection: nothing comes on it after that.
  proxy.heal();
  await new Promise((resolve) => client.once('close', resolve));
  expect(received).toEqual(['hello', 'publish 1', 'publish 2']);
  expect(answers).toEqual(['answer to hello']);
});
