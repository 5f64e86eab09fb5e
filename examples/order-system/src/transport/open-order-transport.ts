import type { DataFolder } from '../run/data-folder.ts';
import type { OrderTransport } from './order-transport.ts';
import type { TransportName } from './transport-name.ts';

/** Opens the transport of one run. Loads the driver of this one only. @throws TransportNotReadyError that says what to do */
export async function openOrderTransport(name: TransportName, folder: DataFolder): Promise<OrderTransport> {
  switch (name) {
    case 'memory': {
      const { MemoryOrderTransport } = await import('./memory-order-transport.ts');
      return new MemoryOrderTransport();
    }
    case 'sql': {
      const { SqlOrderTransport } = await import('./sql-order-transport.ts');
      return SqlOrderTransport.open(folder.brokerFile, folder.outlives);
    }
    case 'amqp': {
      const { AmqpOrderTransport } = await import('./amqp-order-transport.ts');
      return AmqpOrderTransport.open();
    }
    case 'sqs': {
      const { SqsOrderTransport } = await import('./sqs-order-transport.ts');
      return SqsOrderTransport.open();
    }
  }
}
