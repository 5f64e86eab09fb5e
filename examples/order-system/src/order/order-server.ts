import { type ServerType, serve } from '@hono/node-server';

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

  /** Takes no request any more. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    if ('closeIdleConnections' in this.#server) this.#server.closeIdleConnections();
    await closed;
  }
}
