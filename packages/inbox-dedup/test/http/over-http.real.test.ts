import { describe, expect, test } from 'vitest';
import { expressThatParsedBefore, post, postUntilAnswered, servers } from './servers.ts';
import { postgresShop, sqliteShop } from './shop.ts';

const shops = [
  ['PostgreSQL 15', () => postgresShop(15)],
  ['PostgreSQL 18', () => postgresShop(18)],
  ['PostgreSQL 18 without pipelining', () => postgresShop(18, { pipeline: false })],
  ['SQLite', sqliteShop],
] as const;

describe.each(shops)('%s', (_name, open) => {
  test('F1.1: 50 requests with one key at once make one order: equal answers, or 409 with Retry-After', async () => {
    const shop = await open();
    const origin = await servers['node:http']!(shop.endpoint());
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(origin)));
    const [id] = await shop.orders();
    expect(await shop.orders()).toHaveLength(1);
    expect(shop.works).toBe(1);
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    expect(JSON.parse(placed[0]!.text)).toEqual({ id, item: 'lamp' });
    expect(placed.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 201);
    for (const { status, retryAfter } of others) expect([status, retryAfter]).toEqual([409, '1']);
  });

  test('F1.1: 50 clients that retry on 409 all end with the same answer, one key after another', async () => {
    const shop = await open();
    const origin = await servers['node:http']!(shop.endpoint());
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => postUntilAnswered(origin, { key: `"round ${round}"` })),
      );
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers[0]?.status).toBe(201);
      expect(await shop.orders()).toHaveLength(round + 1);
    }
  });

  test('a client that goes away in the middle gets the answer when it asks again', async () => {
    const shop = await open();
    const reached = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    shop.beforeOrder = () => {
      reached.resolve();
      return gone.promise;
    };
    const origin = await servers['node:http']!(shop.endpoint());
    const client = new AbortController();
    const first = post(origin, { signal: client.signal });
    await reached.promise;
    client.abort();
    await expect(first).rejects.toThrow();
    gone.resolve();
    const again = await postUntilAnswered(origin);
    expect(again.status).toBe(201);
    expect(await shop.orders()).toHaveLength(1);
    expect(shop.works).toBe(1);
  });
});

describe.each(Object.entries(servers))('%s', (_name, start) => {
  test('a retry gets the same answer, another body 422, a missing key 400, too many bytes 413', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ maxRequestBytes: 1_000 });
    const origin = await start((request) => idempotency.handle(request, shop.placeOrder));
    const first = await post(origin);
    const again = await post(origin, { body: '{ "item": "lamp" }' });
    expect(first).toMatchObject({ status: 201, replayed: false });
    expect(again).toEqual({ ...first, replayed: true });
    expect((await post(origin, { body: '{"item":"chair"}' })).status).toBe(422);
    expect((await post(origin, { key: '' })).status).toBe(400);
    const large = await post(origin, { key: 'large', body: JSON.stringify({ item: 'x'.repeat(100_000) }) });
    expect([large.status, JSON.parse(large.text).code]).toEqual([413, 'request-too-large']);
    expect(await shop.orders()).toHaveLength(1);
  });

  test('F1.1: 20 requests with one key at once make one order', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const origin = await start((request) => idempotency.handle(request, shop.placeOrder));
    const answers = await Promise.all(Array.from({ length: 20 }, () => postUntilAnswered(origin)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await shop.orders()).toHaveLength(1);
  });
});

test('a body parser that has taken the bytes is found out: nothing is done', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency();
  const origin = await expressThatParsedBefore((request) => idempotency.handle(request, shop.placeOrder));
  const answer = await post(origin);
  expect(answer.status).toBe(500);
  expect(answer.text).toContain('call \\"handle\\" before any body parser');
  expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
});

test('a body parser that has taken the bytes is found out also when they came in chunks', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency();
  // A work that goes by what the parser made of the body would not notice.
  const origin = await expressThatParsedBefore((request) => idempotency.handle(request, () => new Response('done')));
  for (const item of ['lamp', 'sofa']) {
    const answer = await post(origin, { body: new Blob([JSON.stringify({ item })]).stream() });
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('call \\"handle\\" before any body parser');
  }
  expect(await shop.keys()).toEqual([]);
});

test('two Idempotency-Key headers on the wire are malformed', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency();
  const origin = await servers['node:http']!((request) => idempotency.handle(request, shop.placeOrder));
  const response = await fetch(`${origin}/orders`, {
    method: 'POST',
    headers: [
      ['idempotency-key', '"a"'],
      ['idempotency-key', '"b"'],
    ],
    body: '{"item":"lamp"}',
  });
  expect(response.status).toBe(400);
});
