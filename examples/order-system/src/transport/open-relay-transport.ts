import type { ParentChannel } from '../relay-process/parent-channel.ts';
import type { RelayRoute } from './relay-route.ts';
import type { RelayTransport } from './relay-transport.ts';

/** Opens the transport in the relay's process. Loads the driver of this one only. */
export async function openRelayTransport(route: RelayRoute, channel: ParentChannel): Promise<RelayTransport> {
  switch (route.transport) {
    case 'memory': {
      const { MemoryOrderTransport } = await import('./memory-order-transport.ts');
      return MemoryOrderTransport.forRelay(channel);
    }
    case 'sql': {
      const { SqlOrderTransport } = await import('./sql-order-transport.ts');
      return SqlOrderTransport.forRelay(route);
    }
    case 'amqp': {
      const { AmqpOrderTransport } = await import('./amqp-order-transport.ts');
      return AmqpOrderTransport.forRelay(route);
    }
    case 'sqs': {
      const { SqsOrderTransport } = await import('./sqs-order-transport.ts');
      return SqsOrderTransport.forRelay(route);
    }
  }
}
