/** What `--transport` takes; the first one is the default. */
export const TRANSPORT_NAMES = ['memory', 'sql', 'amqp', 'sqs'] as const;

export type TransportName = (typeof TRANSPORT_NAMES)[number];
