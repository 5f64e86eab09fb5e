import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import type { AmqpLink } from './amqp-link.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import type { AmqpTopology } from './amqp-topology.ts';
import { ConsumerSession, type ConsumerSessionOptions } from './consumer-session.ts';

export interface SessionPlace {
  readonly queue: string;
  readonly settings: AmqpSettings;
  readonly link: AmqpLink;
  readonly topology: AmqpTopology;
}

export interface SessionUse extends Pick<ConsumerSessionOptions, 'onMessage' | 'onCancelled' | 'onLost'> {
  /** How long whoever waits has time for a connection that was lost to come back. */
  readonly waitMs: number;
}

/** A channel for a queue. A first connection is waited for in any case. @throws TransportUnavailableError, UnknownQueueError */
export async function openSession(place: SessionPlace, { waitMs, ...callbacks }: SessionUse): Promise<ConsumerSession> {
  const { queue, settings, link, topology } = place;
  const { answerTimeoutMs } = settings;
  const connection = await link.connected(link.problem === null ? answerTimeoutMs : Math.min(waitMs, answerTimeoutMs));
  if (connection === null) throw new TransportUnavailableError(`pull from "${queue}"`);
  const terms = await topology.termsOf(connection, queue);
  const channel = await connection.createChannel();
  return new ConsumerSession({ channel, queue, terms, settings, ...callbacks });
}
