import { MessageEncoder, type Receipt } from '@holdfast/core';
import { expect, test } from 'vitest';
import { WithheldReceipts } from '../../src/relay-process/withheld-receipts.ts';

test('F4.1: withheld receipts stay away although the messages were taken, until they are released', async () => {
  let taken = 0;
  const receipts = new WithheldReceipts({
    publish: async (batch) => {
      taken += batch.length;
      return batch.map((): Receipt => ({ outcome: 'accepted' }));
    },
  });
  const envelope = new MessageEncoder({ source: '/orders' }).encode({ type: 't', data: {} });
  expect(await receipts.publish([envelope])).toHaveLength(1);
  let withheld = 0;
  receipts.withhold(() => {
    withheld += 1;
  });
  let answered = false;
  const held = receipts.publish([envelope, envelope]);
  void held.then(() => {
    answered = true;
  });
  await new Promise(setImmediate);
  expect([taken, answered, withheld]).toEqual([3, false, 1]);
  receipts.release();
  expect(await held).toHaveLength(2);
  expect(await receipts.publish([envelope])).toHaveLength(1);
});
