import type { DataFolder } from '../run/data-folder.ts';
import type { OrderTransport } from './order-transport.ts';
import type { TransportName } from './transport-name.ts';

/** Opens the transport of one run. Loads the driver of this one only. @throws TransportNotReadyError that says what to do */
export async function openOrderTransport(name: TransportName, _folder: DataFolder): Promise<OrderTransport> {
  switch (name) {
    case 'memory': {
      const { MemoryOrderTransport } = await import('./memory-order-transport.ts');
      return new MemoryOrderTransport();
    }
  }
  throw new Error(`Transport "${name}" is not there yet.`);
}
