import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  /** Head and body as they came. */
  readonly text: string;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** HTTP/1.1 on one connection, one request at a time, in as little code as load needs: half of a core sends 10,000 a second. */
export class KeepAliveClient {
  readonly #socket: Socket;
  #received = '';
  #waiting: Waiting | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    // One byte is one character, so lengths are what the server says.
    socket.setEncoding('latin1');
    socket.on('data', (more: string) => this.#receive(more));
    socket.on('close', () => this.#waiting?.reject(new Error('The server closed the connection.')));
    socket.on('error', (error) => this.#waiting?.reject(error));
  }

  static async connect(port: number): Promise<KeepAliveClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new KeepAliveClient(socket);
  }

  send(request: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = null;
    this.#socket.destroy();
  }

  #receive(more: string): void {
    this.#received += more;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0 || !isWhole(this.#received, headEnd)) return;
    const text = this.#received;
    this.#received = '';
    this.#waiting?.resolve({ status: Number(text.slice(9, 12)), text });
  }
}

function isWhole(text: string, headEnd: number): boolean {
  const length = /\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length !== undefined) return text.length >= headEnd + 4 + Number(length);
  return text.endsWith('0\r\n\r\n') && text.length > headEnd + 4;
}
