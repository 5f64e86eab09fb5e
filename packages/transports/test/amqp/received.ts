import type { AmqpMessage } from '@holdfast/transports/amqp';

/** A message as amqplib gives it. */
export function received(parts: Partial<AmqpMessage> = {}): AmqpMessage {
  return {
    content: Buffer.alloc(0),
    properties: {},
    fields: { deliveryTag: 1, redelivered: false },
    ...parts,
  };
}
