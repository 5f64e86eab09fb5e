import { type SqlQueueDeclaration, SqlTransport, type SqlTransportOptions } from '@holdfast/transports/sql';

export interface ClosingTransportOptions extends SqlTransportOptions {
  readonly order: 'none' | 'key';
  /** Ends the client that the transport was given. */
  readonly end: () => Promise<void>;
}

/** A transport as a process has it: it declares all its queues with this order, and ends its client when it is closed. */
export class ClosingTransport extends SqlTransport {
  readonly #order: 'none' | 'key';
  readonly #end: () => Promise<void>;
  #ending: Promise<void> | null = null;

  constructor({ order, end, ...options }: ClosingTransportOptions) {
    super(options);
    this.#order = order;
    this.#end = end;
  }

  override declare(declaration: SqlQueueDeclaration): Promise<void> {
    return super.declare({ ...declaration, order: this.#order });
  }

  override async close(): Promise<void> {
    await super.close();
    this.#ending ??= this.#end();
    await this.#ending;
  }
}
