import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ServedRequest {
  readonly action: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Resets the connection instead of answering. */
  readonly isCut?: boolean;
}

export interface SentEntry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string }>>;
}

export type Handler = (request: ServedRequest) => Answer | Promise<Answer>;

/**
 * Speaks the protocol of SQS, and answers what a test says: for what no emulator does, such as throttling and entries that
 * fail alone. What the test does not say is answered as by a queue that takes everything and has nothing.
 */
export class AwsLikeServer {
  readonly requests: ServedRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #handlers = new Map<string, Handler>();
  #awaited: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(tags: Readonly<Record<string, string>>): Promise<AwsLikeServer> {
    const server = new AwsLikeServer();
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    server
      .on('GetQueueUrl', ({ body }) => ({ body: { QueueUrl: `${server.url}/1/${String(body['QueueName'])}` } }))
      .on('ListQueues', () => ({
        body: { QueueUrls: [`${server.url}/1/holdfast-work`, `${server.url}/1/holdfast-work.fifo`] },
      }))
      .on('ListQueueTags', () => ({ body: { Tags: tags } }))
      .on('SendMessageBatch', ({ body }) => allTaken(entriesOf(body)))
      .on('ReceiveMessage', () => ({ body: {} }))
      .on('DeleteMessageBatch', ({ body }) => allDone(body))
      .on('ChangeMessageVisibilityBatch', ({ body }) => allDone(body));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  on(action: string, handler: Handler): this {
    this.#handlers.set(action, handler);
    return this;
  }

  of(action: string): readonly ServedRequest[] {
    return this.requests.filter((request) => request.action === action);
  }

  /** Resolves when so many requests of the action have come. */
  came(action: string, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited.push({ isMet: () => this.of(action).length >= count, resolve });
      this.#look();
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const served = { action, body: JSON.parse(Buffer.concat(chunks).toString()) };
    this.requests.push(served);
    this.#look();
    const answer = (await this.#handlers.get(action)?.(served)) ?? { status: 400 };
    if (answer.isCut === true) {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/x-amz-json-1.0', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }

  #look(): void {
    const met = this.#awaited.filter(({ isMet }) => isMet());
    this.#awaited = this.#awaited.filter((one) => !met.includes(one));
    for (const { resolve } of met) resolve();
  }
}

export function entriesOf(body: Readonly<Record<string, unknown>>): readonly SentEntry[] {
  return body['Entries'] as SentEntry[];
}

export function taken({ Id, MessageBody }: SentEntry): object {
  return { Id, MessageId: `id-${Id}`, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') };
}

export function allTaken(entries: readonly SentEntry[]): Answer {
  return { body: { Successful: entries.map(taken), Failed: [] } };
}

function allDone(body: Readonly<Record<string, unknown>>): Answer {
  return { body: { Successful: entriesOf(body).map(({ Id }) => ({ Id })), Failed: [] } };
}

/** An error as the service tells it in JSON. */
export function failure(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: { __type: `com.amazonaws.sqs#${code}`, message: `${code} by a test` } };
}

export interface ReceivedEntry {
  readonly id: string;
  readonly group?: string;
  readonly count?: number;
  readonly body?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What a receive answers. */
export function messages(entries: readonly ReceivedEntry[]): Answer {
  return {
    body: {
      Messages: entries.map(({ id, group, count = 1, body = 'text', attributes }) => ({
        MessageId: `message-${id}`,
        ReceiptHandle: `handle-${id}`,
        Body: body,
        MD5OfBody: createHash('md5').update(body).digest('hex'),
        Attributes: {
          ApproximateReceiveCount: String(count),
          ...(group === undefined ? {} : { MessageGroupId: group }),
        },
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes ?? { 'ce-id': id, 'ce-source': '/test', 'ce-type': 'order.placed' }).map(
            ([name, StringValue]) => [name, { DataType: 'String', StringValue }],
          ),
        ),
      })),
    },
  };
}
