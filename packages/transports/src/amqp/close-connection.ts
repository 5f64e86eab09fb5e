import type { AmqpConnection } from './amqp-client.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import { answerInTime } from './answer-deadline.ts';

const CLOSE_MS = 2_000;

/** Closes a connection as the protocol wants it, and destroys it when the other end does not answer soon. */
export async function closeConnection(
  connection: AmqpConnection,
  { clock, answerTimeoutMs }: Pick<AmqpSettings, 'clock' | 'answerTimeoutMs'>,
): Promise<void> {
  const ms = Math.min(CLOSE_MS, answerTimeoutMs);
  try {
    await answerInTime(
      Promise.resolve().then(() => connection.close()),
      { clock, ms, activity: 'close the connection' },
    );
  } catch {
    // It is closed already, or silent: either way nothing of it is left after this.
  }
  destroyConnection(connection);
}

/**
 * Gives a connection up without asking. The error makes amqplib end its heartbeat: destroyed without one, the socket is
 * gone and its timers go on for ever.
 */
export function destroyConnection(connection: AmqpConnection): void {
  // Without a listener an error event would end the process.
  connection.on('error', () => {});
  const { stream } = connection.connection;
  if (stream !== undefined) {
    stream.destroy(new Error('The connection was given up.'));
    return;
  }
  try {
    connection.close().catch(() => {});
  } catch {
    // Closed already.
  }
}
