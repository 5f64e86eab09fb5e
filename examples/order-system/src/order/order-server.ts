import { type ServerType, serve } from '@hono/node-server';

/** How long a request that has begun may take to end, once nothing else is taken. */
const GRACE_MS = 1_000;

/** Serves an interface over HTTP, to this machine only. */
export class OrderServer {
  readonly url: string;
  readonly #server: ServerType;

  private constructor(server: ServerType, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param port `0`: a free one. */
  static async listen(fetch: (request: Request) => Response | Promise<Response>, port = 0): Promise<OrderServer> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const server = serve({ fetch, hostname: '127.0.0.1', port }, (address) => resolve(address.port));
    server.once('error', reject);
    return new OrderServer(server, await promise);
  }

  /** Takes no request any more, and cuts those off that do not come to their end: a client may stop in the middle of one. */
  async close(): Promise<void> {
    const server = this.#server;
    const closed = new Promise((resolve) => server.close(resolve));
    if (!('closeIdleConnections' in server)) return void (await closed);
    server.closeIdleConnections();
    const grace = setTimeout(() => server.closeAllConnections(), GRACE_MS);
    await closed;
    clearTimeout(grace);
  }
}
