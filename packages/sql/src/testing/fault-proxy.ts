import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** `up`: what the client sends; `down`: what the server sends. */
export type ProxyDirection = 'up' | 'down';

export interface FaultProxyTarget {
  readonly host: string;
  readonly port: number;
}

export interface ProxyTrigger {
  readonly direction: ProxyDirection;
  /** The bytes to wait for, anywhere in the stream of one connection. */
  readonly bytes: string | Uint8Array;
  /**
   * `cut` resets the client's side, `silence` makes a black hole, `silence-answers` one for what the server sends. What
   * triggers it is forwarded on the way up (the server acts on it, its answer never arrives) and withheld on the way down.
   */
  readonly fault: 'cut' | 'silence' | 'silence-answers';
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** How many bytes of a stream are kept to find a pattern across chunks. */
const keptBytes = 1_024;

/**
 * A TCP proxy on 127.0.0.1 that fails as networks do: slow, silent (a black hole: bytes vanish and nobody is told),
 * reset, half open, or cut at the moment that certain bytes have passed.
 */
export class FaultProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #silent = new Set<ProxyDirection>();
  readonly #resetting = new WeakSet<Socket>();
  #trigger: ProxyTrigger | undefined;
  #triggered: (() => void) | undefined;
  #latencyMs = 0;
  #roundTrips = 0;
  #lastDirection: ProxyDirection = 'down';
  #refusing = false;

  private constructor(target: FaultProxyTarget) {
    this.#server = createServer((client) => this.#accept(client, target));
  }

  static async listen(target: FaultProxyTarget): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The URL with this proxy in the place of the server. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** How often a client spoke after its server had, over all connections: what a transaction costs in latency. */
  get roundTrips(): number {
    return this.#roundTrips;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** Delays every chunk, in each direction. */
  delay(latencyMs: number): void {
    this.#latencyMs = latencyMs;
  }

  /** From now on bytes of the direction vanish; connections stay open. Without a direction: both. */
  silence(direction?: ProxyDirection): void {
    for (const one of direction === undefined ? (['up', 'down'] as const) : [direction]) {
      this.#silent.add(one);
    }
  }

  /** New connections are reset, as by a server that is down. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Resets every connection. */
  reset(): void {
    for (const { client, server } of this.#links) {
      this.#resetSocket(client);
      this.#resetSocket(server);
    }
  }

  /** Resets the server's side only: the client is left with a connection that leads nowhere. */
  halfOpen(): void {
    for (const link of this.#links) {
      this.#links.delete(link);
      link.client.removeAllListeners('data');
      link.server.removeAllListeners('close');
      this.#resetSocket(link.server);
      // Kept readable, so that what the client sends is taken and forgotten.
      link.client.resume();
    }
  }

  /** Acts once, when the bytes pass. Resolves when it has, and the server has answered them. */
  when(trigger: ProxyTrigger): Promise<void> {
    this.#trigger = trigger;
    return new Promise((resolve) => {
      this.#triggered = resolve;
    });
  }

  /** Ends every fault; connections that lost bytes are reset, because no TCP stream goes on after a gap. */
  heal(): void {
    if (this.#silent.size > 0) {
      this.reset();
    }
    this.#silent.clear();
    this.#trigger = undefined;
    this.#refusing = false;
    this.#latencyMs = 0;
  }

  async close(): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket, { host, port }: FaultProxyTarget): void {
    client.on('error', () => {});
    if (this.#refusing) {
      this.#resetSocket(client);
      return;
    }
    const server = connect(port, host);
    server.on('error', () => {});
    const link = { client, server };
    this.#links.add(link);
    this.#forward(link, 'up');
    this.#forward(link, 'down');
  }

  #forward(link: Link, direction: ProxyDirection): void {
    const [from, to] = direction === 'up' ? [link.client, link.server] : [link.server, link.client];
    let tail = Buffer.alloc(0);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (this.#silent.has(direction)) {
        return;
      }
      tail = Buffer.concat([tail, chunk]).subarray(-keptBytes - chunk.length);
      if (direction === 'up' && this.#lastDirection === 'down') {
        this.#roundTrips += 1;
      }
      this.#lastDirection = direction;
      const acts = this.#matches(direction, tail);
      if (!acts || direction === 'up') {
        this.#later(() => to.write(chunk));
      }
      if (acts) {
        this.#act(link, direction);
      }
    });
    from.on('close', () => {
      this.#links.delete(link);
      this.#later(() => {
        if (!this.#resetting.has(to)) to.destroy();
      });
    });
  }

  #matches(direction: ProxyDirection, tail: Buffer): boolean {
    return this.#trigger?.direction === direction && tail.includes(Buffer.from(this.#trigger.bytes));
  }

  #act(link: Link, direction: ProxyDirection): void {
    const fault = this.#trigger?.fault;
    const triggered = this.#triggered;
    this.#trigger = undefined;
    if (direction === 'up') {
      // Only its answer says that the server has acted.
      link.server.once('data', () => triggered?.());
    } else {
      triggered?.();
    }
    if (fault === 'silence' || fault === 'silence-answers') {
      this.silence(fault === 'silence' ? undefined : 'down');
      return;
    }
    link.client.removeAllListeners('close');
    this.#links.delete(link);
    this.#resetSocket(link.client);
    link.server.once('data', () => link.server.destroy());
    if (direction === 'down') {
      link.server.destroy();
    }
  }

  /**
   * Node resets a socket by ending it first. One that is destroyed in between stays half closed, and the process spins for
   * ever when it exits. So nothing else is done to a socket that is being reset, and one that cannot be at once is destroyed.
   */
  #resetSocket(socket: Socket): void {
    if (this.#resetting.has(socket)) return;
    if (socket.connecting || socket.writableEnded || socket.writableLength > 0) {
      socket.destroy();
      return;
    }
    this.#resetting.add(socket);
    socket.resetAndDestroy();
  }

  #later(act: () => void): void {
    if (this.#latencyMs === 0) {
      act();
    } else {
      setTimeout(act, this.#latencyMs);
    }
  }
}
