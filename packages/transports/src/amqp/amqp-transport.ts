import type { Envelope, PublishOptions, QueueDeclaration, QueueReader, Receipt } from '@holdfast/core';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { queueProperties } from '../topology/queue-properties.ts';
import type { Transport } from '../transport.ts';
import type { AmqpConnection } from './amqp-client.ts';
import { AmqpLink } from './amqp-link.ts';
import { AmqpPublisher } from './amqp-publisher.ts';
import { AmqpQueueReader } from './amqp-queue-reader.ts';
import { type AmqpSettings, type AmqpTransportOptions, amqpSettings } from './amqp-settings.ts';
import { AmqpTopology } from './amqp-topology.ts';
import { MessageMover } from './message-mover.ts';
import { EnvelopeSource } from './message-source.ts';
import { QueueConsumer } from './queue-consumer.ts';

/**
 * RabbitMQ (3.10 or later) as a transport, over two connections of amqplib: one publishes with confirms, one reads. They are
 * opened at the first use and replaced by themselves.
 *
 * `accepted`: every bound queue has it, on disk and on a majority of nodes where the queue is a quorum queue.
 * `rejected`: no queue binds its type, or it is too large. `unavailable`: not connected, or the broker has said that it has
 * an alarm (it says so after it has got a message, so the first one is `unknown`).
 * `unknown`: no confirm came in time, or a queue did not take it. Leases are kept here; a process that dies or hangs loses
 * them with its connection. Messages are CloudEvents in binary mode.
 */
export class AmqpTransport implements Transport {
  readonly #settings: AmqpSettings;
  readonly #topology: AmqpTopology;
  readonly #publisher: AmqpPublisher;
  readonly #publishing: AmqpLink;
  readonly #consuming: AmqpLink;
  readonly #mover: MessageMover;
  readonly #consumers = new Map<string, QueueConsumer>();
  #closing: Promise<void> | null = null;

  /** @throws InvalidOptionError */
  constructor(options: AmqpTransportOptions) {
    const settings = amqpSettings(options);
    this.#settings = settings;
    this.#topology = new AmqpTopology(settings);
    this.#publishing = new AmqpLink({
      name: 'publishing',
      settings,
      open: (connection) => this.#openPublishing(connection),
      onDown: (reason) => this.#publisher.detach(reason),
      onBlocked: (reason) => this.#publisher.refuseWaiting(reason),
    });
    this.#publisher = new AmqpPublisher(settings, this.#publishing);
    this.#consuming = new AmqpLink({
      name: 'consuming',
      settings,
      open: (connection) => this.#topology.restore(connection),
      onDown: () => this.#lostConsuming(),
    });
    this.#mover = new MessageMover({
      settings,
      publisher: this.#publisher,
      topology: this.#topology,
      link: this.#consuming,
    });
  }

  publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    return this.#publisher.publish(new EnvelopeSource(batch, this.#settings.exchange), options);
  }

  /** @throws QueueMismatchError, InvalidOptionError, TransportUnavailableError, TransportClosedError */
  async declare(declaration: QueueDeclaration): Promise<void> {
    const declared = queueProperties(declaration);
    const activity = `declare "${declared.queue}"`;
    this.#assertOpen(activity);
    const connection = await this.#consuming.connected(this.#settings.answerTimeoutMs);
    this.#assertOpen(activity);
    if (connection === null) throw new TransportUnavailableError(activity);
    await this.#topology.declare(connection, declared);
  }

  /** Readers of one queue share one channel and what it holds. */
  reader(queue: string): QueueReader {
    let consumer = this.#consumers.get(queue);
    if (consumer === undefined) {
      consumer = new QueueConsumer({
        queue,
        settings: this.#settings,
        link: this.#consuming,
        topology: this.#topology,
        mover: this.#mover,
      });
      this.#consumers.set(queue, consumer);
      if (this.#closing !== null) void consumer.close();
    }
    return new AmqpQueueReader(consumer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#publisher.close();
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()));
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }

  async #openPublishing(connection: AmqpConnection): Promise<void> {
    await this.#topology.restore(connection);
    const channel = await connection.createConfirmChannel();
    // The close that follows an error says what is to be done; without a listener the error would end the process.
    channel.on('error', () => {});
    channel.on('close', () => this.#publishing.drop('The channel for publishing was closed.'));
    this.#publisher.attach(channel);
  }

  #lostConsuming(): void {
    this.#mover.reset();
    for (const consumer of this.#consumers.values()) consumer.lost();
  }

  #assertOpen(activity: string): void {
    if (this.#closing !== null) throw new TransportClosedError(activity);
  }
}
