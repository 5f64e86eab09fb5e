import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { TestProvider } from './test-provider.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

const provider = (moods: Parameters<typeof TestProvider.listen>[1] = {}) =>
  TestProvider.listen(join(folder.path, 'provider.sqlite3'), moods);

function charge(provider: TestProvider, key: string, body: object) {
  return post(provider, 'charges', { key, body });
}

function refund(provider: TestProvider, key: string, body: object) {
  return post(provider, 'refunds', { key, body });
}

/** Where there is no answer, it gives up soon. */
async function post({ url }: TestProvider, what: string, { key, body }: { key: string; body: object }) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const signal = AbortSignal.timeout(1_000);
  const response = await fetch(`${url}/${what}`, { method: 'POST', headers, body: JSON.stringify(body), signal });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function find({ url }: TestProvider, key: string, what = 'charges') {
  const response = await fetch(`${url}/${what}/${key}`);
  return { status: response.status, body: await response.json() };
}

const order = { amount: 1_250, reference: 'A', customer: 'c' };
const entry = { amount: 1_250, reference: 'A' };

test('a key is charged once: the same request gets the same charge, another one is refused', async () => {
  await using it = await provider();
  const first = await charge(it, 'k', order);
  expect(first).toMatchObject({ status: 200, body: { status: 'charged', ...entry } });
  expect((await charge(it, 'k', order)).body).toEqual(first.body);
  for (const other of [
    { ...order, amount: 1_251 },
    { ...order, reference: 'B' },
  ]) {
    expect(await charge(it, 'k', other)).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } });
  }
  expect((await find(it, 'k')).body).toEqual(first.body);
  expect(await find(it, 'other')).toMatchObject({ status: 404, body: { status: 'no_such_charge' } });
});

test('F6.3, F6.4: it charges and answers 500, or loses the answer, and the key finds the charge', async () => {
  await using it = await provider({ charges: ['charged-500', 'answer-lost', 'silence'] });
  expect((await charge(it, 'a', order)).status).toBe(500);
  await expect(charge(it, 'b', order)).rejects.toThrow();
  await expect(charge(it, 'c', order)).rejects.toThrow();
  for (const key of ['a', 'b', 'c']) expect((await find(it, key)).body).toMatchObject({ status: 'charged', ...entry });
});

test('F6.2, F6.4: it throttles, and puts an error into a 200, without a charge', async () => {
  await using it = await provider({ charges: ['throttled', 'error-in-200'] });
  const throttled = await charge(it, 'a', order);
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await charge(it, 'a', order)).toMatchObject({ status: 200, body: { status: 'error' } });
  expect((await find(it, 'a')).status).toBe(404);
});

test('a lookup may fail, too', async () => {
  await using it = await provider({ lookups: ['lookup-500', 'lookup-lost'] });
  await charge(it, 'a', order);
  expect((await find(it, 'a')).status).toBe(500);
  await expect(find(it, 'a')).rejects.toThrow();
  expect((await find(it, 'a')).status).toBe(200);
});

test('from the moment on that answers are withheld it charges and answers nothing', async () => {
  await using it = await provider();
  let withheld = 0;
  it.withholdAnswers(() => {
    withheld += 1;
  });
  await expect(charge(it, 'a', order)).rejects.toThrow();
  expect(withheld).toBe(1);
  expect(it.ledger.find('a')).toMatchObject(entry);
});

test('what is no request to charge is refused', async () => {
  await using it = await provider();
  for (const body of [
    {},
    { amount: -1, reference: 'A' },
    { amount: 0.5, reference: 'A' },
    { amount: 1, reference: 'x'.repeat(5_000) },
  ]) {
    expect((await charge(it, 'k', body)).status).toBe(400);
  }
  expect((await find(it, 'k')).status).toBe(404);
});

test('a card that is declined is not charged, and said to be so', async () => {
  await using it = await provider();
  const declined = { ...order, customer: 'c-declined' };
  expect(await charge(it, 'k', declined)).toMatchObject({
    status: 402,
    body: { status: 'declined', code: 'card_declined' },
  });
  expect((await find(it, 'k')).status).toBe(404);
});

test('a refund is made once per key, and found by it', async () => {
  await using it = await provider({ refunds: ['charged-500'] });
  const { chargeId } = (await charge(it, 'k', order)).body as { chargeId: string };
  expect((await refund(it, 'r', { chargeId, amount: 1_000 })).status).toBe(500);
  const again = await refund(it, 'r', { chargeId, amount: 1_000 });
  expect(again).toMatchObject({ status: 200, body: { status: 'refunded', chargeId, amount: 1_000 } });
  expect((await find(it, 'r', 'refunds')).body).toEqual(again.body);
  expect(await find(it, 'other', 'refunds')).toMatchObject({ status: 404, body: { status: 'no_such_refund' } });
});

test('never more is given back than was charged, nor under a used key, nor of a charge that is not there', async () => {
  await using it = await provider();
  const { chargeId } = (await charge(it, 'k', order)).body as { chargeId: string };
  await refund(it, 'r', { chargeId, amount: 1_000 });
  for (const [key, body, code] of [
    ['r', { chargeId, amount: 1 }, 'idempotency_key_reused'],
    ['s', { chargeId, amount: 251 }, 'more_than_charged'],
    ['s', { chargeId: 'x', amount: 1 }, 'no_such_charge'],
  ] as const) {
    expect(await refund(it, key, body)).toMatchObject({ status: 422, body: { status: 'refused', code } });
  }
  expect((await refund(it, 's', { chargeId, amount: 250 })).status).toBe(200);
});

test('customers who get nothing back get it when the provider is told to', async () => {
  await using it = await provider();
  const { chargeId } = (await charge(it, 'k', { ...order, customer: 'c-unrefundable' })).body as { chargeId: string };
  const body = { chargeId, amount: 1_250 };
  expect(await refund(it, 'r', body)).toMatchObject({ status: 422, body: { code: 'refund_refused' } });
  it.acceptRefunds();
  expect((await refund(it, 'r', body)).status).toBe(200);
});
