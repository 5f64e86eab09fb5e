/** The part of amqplib that we use. `amqplib.connect(…)` resolves to such a connection; a test holds the real types against it. */
export interface AmqpConnection {
  createChannel(): Promise<AmqpChannel>;
  createConfirmChannel(): Promise<AmqpChannel>;
  close(): Promise<void>;
  on(event: string, listener: (...details: never[]) => void): unknown;
  readonly connection: {
    readonly serverProperties: { readonly version?: string | undefined; readonly product?: string | undefined };
    /**
     * The socket. amqplib has no documented way to give up a connection whose other end is silent: `close()` waits for an
     * answer and ends the socket instead of destroying it. Where a client has no such field, that is all that is done.
     */
    readonly stream?: { destroy(error: Error): unknown };
  };
}

/** A channel of either kind. One that the broker closed is closed for good. */
export interface AmqpChannel {
  on(event: string, listener: (...details: never[]) => void): unknown;
  close(): Promise<void>;
  assertExchange(exchange: string, type: string, options?: { readonly durable?: boolean }): Promise<unknown>;
  assertQueue(queue: string, options?: AmqpQueueOptions): Promise<unknown>;
  checkQueue(queue: string): Promise<{ readonly messageCount: number }>;
  deleteQueue(queue: string, options?: { readonly ifUnused?: boolean; readonly ifEmpty?: boolean }): Promise<unknown>;
  bindQueue(queue: string, exchange: string, pattern: string): Promise<unknown>;
  prefetch(count: number): Promise<unknown>;
  consume(queue: string, onMessage: (message: AmqpMessage | null) => void): Promise<{ readonly consumerTag: string }>;
  cancel(consumerTag: string): Promise<unknown>;
  get(queue: string): Promise<AmqpMessage | false>;
  /** Returns false when the buffer is full: go on after `drain`. */
  publish(exchange: string, routingKey: string, content: Buffer, options: AmqpPublishOptions): boolean;
  ack(message: AmqpTagged, allUpTo?: boolean): void;
  nack(message: AmqpTagged, allUpTo?: boolean, requeue?: boolean): void;
}

export interface AmqpQueueOptions {
  readonly durable: boolean;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export interface AmqpPublishOptions {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly persistent: boolean;
  readonly mandatory: boolean;
  readonly messageId?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly timestamp?: number;
  readonly type?: string;
  readonly appId?: string;
}

/** What a settlement needs of a message. */
export interface AmqpTagged {
  readonly fields: { readonly deliveryTag: number };
}

export interface AmqpMessage {
  readonly content: Buffer;
  readonly fields: { readonly deliveryTag: number; readonly redelivered: boolean };
  readonly properties: AmqpProperties;
}

/** Of a message from anywhere, so nothing is certain. */
export interface AmqpProperties {
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly messageId?: unknown;
  readonly contentType?: unknown;
  readonly contentEncoding?: unknown;
  readonly correlationId?: unknown;
  readonly replyTo?: unknown;
  readonly timestamp?: unknown;
  readonly type?: unknown;
  readonly appId?: unknown;
}

/** The broker's word on published messages: up to this tag when `multiple`. */
export interface AmqpConfirm {
  readonly deliveryTag: number;
  readonly multiple: boolean;
}

/** A published message that no queue takes comes back as this, before its confirm. */
export interface AmqpReturn {
  readonly properties: AmqpProperties;
}
