import { expect, test } from 'vitest';
import { witnessed } from '../src/run/witnessed.ts';

const requests = {
  orders: 3,
  repeated: 2,
  replayed: 2,
  inProgress: 0,
  givenUp: 1,
  reused: 1,
  reuseRefused: 1,
  wrongAnswers: 0,
};

const facts = {
  transport: 'memory',
  accepted: 100,
  faultsHappened: true,
  chargeFaultsHappened: true,
  duplicates: 5,
  requests,
  relays: 2,
  providers: 2,
  payments: 2,
  openProcesses: () => 0,
  queued: 0,
} as const;

const disturbed = (given: Partial<Parameters<typeof witnessed>[0]>) => witnessed({ ...facts, ...given })[1];

test('messages that were published again must have arrived again, where the transport does not drop them', () => {
  expect(disturbed({})).toMatchObject({ ok: true });
  expect(disturbed({ duplicates: 0 })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('nothing arrived again'),
  });
  expect(disturbed({ faultsHappened: false })).toMatchObject({ ok: false });
  expect(disturbed({ chargeFaultsHappened: false })).toMatchObject({ ok: false });
  expect(disturbed({ transport: 'sqs', duplicates: 0 })).toMatchObject({
    ok: true,
    detail: expect.stringContaining('0 duplicates arrived past the FIFO queue'),
  });
});

test('a run that accepted no order is not blamed for duplicates that did not arrive, and does not say that it was disturbed', () => {
  expect(disturbed({ accepted: 0, duplicates: 0 })).toMatchObject({
    ok: true,
    detail: 'no order was accepted: there was nothing to disturb',
  });
});

test('a message that is left in the broker and a process that still runs are told', () => {
  expect(witnessed({ ...facts, queued: 2 })[2]).toMatchObject({ ok: false });
  expect(witnessed({ ...facts, openProcesses: () => 1 })[2]).toMatchObject({ ok: false });
});

test('F1.1, F1.2: a wrong answer, a key that was good for two orders, and requests that never came again are told', () => {
  const answered = (given: Partial<typeof requests>) => witnessed({ ...facts, requests: { ...requests, ...given } })[0];
  expect(answered({})).toMatchObject({ ok: true });
  expect(answered({ wrongAnswers: 1 })).toMatchObject({ ok: false });
  expect(answered({ reuseRefused: 0 })).toMatchObject({ ok: false });
  expect(answered({ repeated: 0 })).toMatchObject({ ok: false });
  expect(answered({ orders: 0, repeated: 0, reused: 0, reuseRefused: 0 })).toMatchObject({ ok: true });
});
