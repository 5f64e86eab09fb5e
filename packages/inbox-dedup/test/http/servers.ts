import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, serve } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { onTestFinished } from 'vitest';

export type FetchHandler = (request: Request) => Promise<Response>;

/** A server on loopback, closed when the test has finished. Resolves to its origin. */
async function listening(server: Server): Promise<string> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As the how-to page shows it: each framework hands `POST /orders` to one Fetch handler. */
export const servers: Readonly<Record<string, (handle: FetchHandler) => Promise<string>>> = {
  async 'node:http'(handle) {
    return listening(createServer(getRequestListener(handle)));
  },

  async Hono(handle) {
    const app = new Hono();
    app.post('/orders', (context) => handle(context.req.raw));
    const server = await new Promise<Server>((resolve) => {
      const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started as Server));
    });
    return listening(server);
  },

  async 'Express 5'(handle) {
    const app = express();
    app.post('/orders', getRequestListener(handle));
    app.use(express.json());
    return listening(createServer(app));
  },

  async 'Express 5 behind a body parser that keeps the bytes'(handle) {
    const app = express();
    app.use(
      express.json({
        verify: (request, _response, bytes) => {
          Object.assign(request, { rawBody: bytes });
        },
      }),
    );
    app.post('/orders', getRequestListener(handle));
    return listening(createServer(app));
  },

  async 'Fastify 5'(handle) {
    const app = Fastify();
    const listener = getRequestListener(handle);
    app.register(async (idempotent) => {
      idempotent.removeAllContentTypeParsers();
      idempotent.addContentTypeParser('*', (_request, _payload, done) => done(null));
      idempotent.post('/orders', (request, reply) => {
        reply.hijack();
        return listener(request.raw, reply.raw);
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => app.close());
    return listening(app.server);
  },
};

/** A server whose body parser takes the bytes away. */
export async function expressThatParsedBefore(handle: FetchHandler): Promise<string> {
  const app = express();
  app.use(express.json());
  app.post(
    '/orders',
    getRequestListener(handle, { errorHandler: (error) => Response.json({ error: String(error) }, { status: 500 }) }),
  );
  return listening(createServer(app));
}

export interface Posted {
  readonly status: number;
  readonly text: string;
  readonly replayed: boolean;
  readonly retryAfter: string | null;
}

export interface PostOptions {
  readonly key?: string;
  /** A stream is sent in chunks. */
  readonly body?: string | ReadableStream;
  readonly signal?: AbortSignal;
}

/** `POST /orders` over the network. */
export async function post(origin: string, options: PostOptions = {}): Promise<Posted> {
  const { key = '"8e03978e-40d5-43e8-bc93-6894a57f9324"', body = '{"item":"lamp"}', signal } = options;
  const response = await fetch(`${origin}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'alice', 'idempotency-key': key },
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
    ...(signal && { signal }),
  } as RequestInit);
  return {
    status: response.status,
    text: await response.text(),
    replayed: response.headers.get('idempotency-replayed') === 'true',
    retryAfter: response.headers.get('retry-after'),
  };
}

/** A client as it should be: on 409 and 503 it waits as told (a hundredth of it, to save time), and sends the same again. */
export async function postUntilAnswered(origin: string, options: PostOptions = {}): Promise<Posted> {
  for (;;) {
    const posted = await post(origin, options);
    if (posted.status !== 409 && posted.status !== 503) return posted;
    await new Promise((resolve) => setTimeout(resolve, Number(posted.retryAfter) * 10));
  }
}
