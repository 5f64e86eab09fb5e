import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from '../bootstrap/workspace.mjs';

/** What the tests of the broker use of amqplib. */
interface AmqpDriver {
  connect(url: string): Promise<AmqpConnection>;
}

export interface AmqpConnection {
  on(event: 'blocked' | 'unblocked', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  createConfirmChannel(): Promise<ConfirmChannel>;
  close(): Promise<void>;
}

interface ConfirmChannel {
  assertQueue(name: string, options: object): Promise<{ readonly messageCount: number }>;
  sendToQueue(name: string, content: Buffer, options: object): boolean;
  waitForConfirms(): Promise<void>;
  get(name: string, options: object): Promise<{ readonly content: Buffer } | false>;
}

/** The driver belongs to the package with the adapter; the root has none. */
const driver: AmqpDriver = createRequire(join(root, 'packages/transports/package.json'))('amqplib');

/** A connection whose end is no error of the test: the broker is killed under it. */
export async function connectAmqp(url: string): Promise<AmqpConnection> {
  const connection = await driver.connect(url);
  connection.on('error', () => {});
  return connection;
}
