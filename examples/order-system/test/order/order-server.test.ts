import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { OrderServer } from '../../src/order/order-server.ts';

const requests = {
  'in the middle of its headers': 'POST /orders HTTP/1.1\r\nhost:',
  'in the middle of its body': 'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{',
};

test.each(Object.entries(requests))('a client that stops %s does not keep the server open', async (_where, text) => {
  const server = await OrderServer.listen(async (request) => new Response(await request.text()));
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  const closed = once(socket, 'close');
  await server.close();
  await closed;
  expect(socket.destroyed).toBe(true);
});
