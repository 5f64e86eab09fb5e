import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';

/** How an order is taken over HTTP. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** The order that the load sends. */
export interface RequestedOrder {
  readonly customerId: string;
  readonly totalCents: number;
}

export function placed(orderId: number | bigint | string): Response {
  return Response.json({ orderId: String(orderId), status: 'placed' }, { status: 201 });
}

/** A real server on a port of its own. */
export class HttpEndpoint {
  readonly port: number;
  readonly #server: ServerType;

  private constructor(server: ServerType) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(fetch: FetchHandler): Promise<HttpEndpoint> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, () => resolve());
    await promise;
    return new HttpEndpoint(server);
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
