import { expect, test } from 'vitest';
import { witnessed } from '../src/run/witnessed.ts';

const facts = {
  transport: 'memory',
  faultsHappened: true,
  duplicates: 5,
  relays: 2,
  openRelays: 0,
  queued: 0,
} as const;

const disturbed = (given: Partial<Parameters<typeof witnessed>[0]>) => witnessed({ ...facts, ...given })[0];

test('messages that were published again must have arrived again, where the transport does not drop them', () => {
  expect(disturbed({})).toMatchObject({ ok: true });
  expect(disturbed({ duplicates: 0 })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('nothing arrived again'),
  });
  expect(disturbed({ faultsHappened: false })).toMatchObject({ ok: false });
  expect(disturbed({ transport: 'sqs', duplicates: 0 })).toMatchObject({
    ok: true,
    detail: expect.stringContaining('0 duplicates arrived past the FIFO queue'),
  });
});

test('a message that is left in the broker and a relay that still runs are told', () => {
  expect(witnessed({ ...facts, queued: 2 })[1]).toMatchObject({ ok: false });
  expect(witnessed({ ...facts, openRelays: 1 })[1]).toMatchObject({ ok: false });
});
