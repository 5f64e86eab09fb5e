import {
  describePublisher,
  describeQueueReader,
  describeTransport,
  FaultyPublisher,
  FaultyReader,
} from '@holdfast/transports/testing';
import { describe, test } from 'vitest';
import { memoryPublisherFixture, memoryQueueReaderFixture } from './memory-fixtures.ts';
import { memoryCapabilities, memoryWorld } from './memory-world.ts';

describeTransport('MemoryBroker behind a network', () => memoryWorld(), {
  describe,
  test,
  capabilities: memoryCapabilities,
});

describePublisher('MemoryBroker', () => memoryPublisherFixture(), { describe, test, without: ['silence'] });

describeQueueReader('MemoryBroker', () => memoryQueueReaderFixture(), { describe, test });

describePublisher(
  'FaultyPublisher without faults',
  () => memoryPublisherFixture((inner, { clock }) => new FaultyPublisher(inner, { faults: [], clock })),
  { describe, test, without: ['silence'] },
);

describeQueueReader(
  'FaultyReader without faults',
  () => memoryQueueReaderFixture((inner, clock) => new FaultyReader(inner, { faults: [], clock })),
  { describe, test },
);
