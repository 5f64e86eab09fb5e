import { expect, test } from 'vitest';
import { queueProperties } from '../../src/topology/queue-properties.ts';

test('a queue whose name leaves no room for that of its dead-letter queue is refused by its own name', () => {
  const queue = 'q'.repeat(244);
  expect(() => queueProperties({ queue, types: ['*'] })).toThrow('Option "queue" is');
  expect(() => queueProperties({ queue, types: ['*'] })).toThrow(
    '1 to 243 bytes, or name its "deadLetterQueue" yourself',
  );
  expect(queueProperties({ queue, types: ['*'], deadLetterQueue: 'dead' }).deadLetterQueue).toBe('dead');
  expect(queueProperties({ queue: queue.slice(1), types: ['*'] }).deadLetterQueue).toHaveLength(255);
});
