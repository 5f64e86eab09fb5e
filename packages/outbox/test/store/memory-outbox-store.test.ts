import { describe, test } from 'vitest';
import { describeOutboxStore } from '../../src/testing/index.ts';
import { memoryFixture } from './memory-fixture.ts';

describeOutboxStore('MemoryOutboxStore', () => memoryFixture(), { describe, test, concurrentTransactions: true });
