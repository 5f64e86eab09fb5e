import { MemoryOrderTransport } from '../../src/transport/memory-order-transport.ts';
import { describeOrderTransport } from './describe-order-transport.ts';

describeOrderTransport('memory', { open: async () => new MemoryOrderTransport(), leftovers: null });
