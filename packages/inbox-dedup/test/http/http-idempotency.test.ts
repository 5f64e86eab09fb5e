import { type Clock, InvalidOptionError, type OutgoingMessage } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import {
  BodyAlreadyReadError,
  HttpIdempotency,
  type HttpIdempotencyOptions,
  MissingScopeError,
  PostgresIdempotencyStore,
  ResponseTooLargeError,
  WorkOverdueError,
} from '@holdfast/inbox-dedup/http';
import { describe, expect, test, vi } from 'vitest';
import { order, sqliteShop } from './shop.ts';

const problem = 'application/problem+json';

async function problemOf(response: Response) {
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, type: response.headers.get('content-type'), code: body['code'], body };
}

/** A promise to be settled from outside, and whether somebody waits. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const pass = () => {
    reached.resolve();
    return opened.promise;
  };
  return { pass, reached: reached.promise, open: () => opened.resolve() };
}

describe('a request with a key', () => {
  test('F1.1: takes effect once; its repetitions get the first answer, marked as replayed', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const first = await idempotency.handle(order(), shop.placeOrder);
    const again = await idempotency.handle(order(), shop.placeOrder);
    expect(first.status).toBe(201);
    expect(again.status).toBe(201);
    const [one, two] = [await first.text(), await again.text()];
    expect(two).toBe(one);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('content-type')).toBe('application/json');
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await shop.orders()).toEqual([JSON.parse(one).id]);
    expect(shop.works).toBe(1);
  });

  test('the same content in another order of keys and with other whitespace is the same request', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    await idempotency.handle(order({ body: '{"item":"lamp","count":2}' }), shop.placeOrder);
    const again = await idempotency.handle(order({ body: ' { "count": 2, "item": "lamp" }' }), shop.placeOrder);
    expect(again.status).toBe(201);
    expect(await shop.orders()).toHaveLength(1);
  });

  test('a bare key and the same one in quotes are one key', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    await idempotency.handle(order({ key: 'abc' }), shop.placeOrder);
    const again = await idempotency.handle(order({ key: '"abc"' }), shop.placeOrder);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  test('F1.2: and another body gets 422; nothing is written, and the first answer stays', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    await idempotency.handle(order(), shop.placeOrder);
    const before = [await shop.orders(), await shop.keys()];
    const other = await idempotency.handle(order({ body: '{"item":"chair"}' }), shop.placeOrder);
    expect(await problemOf(other)).toMatchObject({ status: 422, type: problem, code: 'idempotency-key-reused' });
    expect([await shop.orders(), await shop.keys()]).toEqual(before);
    expect(shop.works).toBe(1);
    expect(shop.events).toEqual([{ type: 'key-reused', key: 'k' }]);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
  });

  test('F1.2: and another method or path gets 422 too', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    await idempotency.handle(order(), shop.placeOrder);
    expect((await idempotency.handle(order({ method: 'PATCH' }), shop.placeOrder)).status).toBe(422);
    const elsewhere = new Request('http://shop.example/refunds', order());
    expect((await idempotency.handle(elsewhere, shop.placeOrder)).status).toBe(422);
  });

  test('of another caller is another request; of the caller only a digest is kept', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const one = await idempotency.handle(order({ caller: 'alice' }), shop.placeOrder);
    const two = await idempotency.handle(order({ caller: 'bob' }), shop.placeOrder);
    expect(await one.text()).not.toBe(await two.text());
    expect(await shop.orders()).toHaveLength(2);
    const rows = await shop.keys();
    expect(rows.map(({ scope }) => (scope as Uint8Array).byteLength)).toEqual([32, 32]);
    const stored = rows
      .map((row) =>
        Object.values(row).map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
        ),
      )
      .join();
    expect(stored).not.toMatch(/alice|bob/);
  });

  test.each([undefined, null, '', 42])('is refused when its caller is %j', async (caller) => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ scope: () => caller as string });
    await expect(idempotency.handle(order(), shop.placeOrder)).rejects.toThrow(MissingScopeError);
    expect(shop.works).toBe(0);
  });
});

describe('the key', () => {
  test('is required: without one the answer is 400, and nothing is done', async () => {
    const shop = await sqliteShop();
    const documentation = 'https://shop.example/docs/idempotency';
    const response = await shop.idempotency({ documentation }).handle(order({ key: null }), shop.placeOrder);
    const { body, ...rest } = await problemOf(response);
    expect(rest).toEqual({ status: 400, type: problem, code: 'idempotency-key-missing' });
    expect(body).toMatchObject({ type: documentation, status: 400, title: 'Idempotency-Key is missing' });
    expect(shop.works).toBe(0);
  });

  test('may be optional: without one the work runs each time, in a transaction, with its body', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ required: false });
    for (let round = 0; round < 2; round += 1) {
      const response = await idempotency.handle(order({ key: null }), async (request, context) => {
        expect(context.idempotencyKey).toBeNull();
        return shop.placeOrder(request, context);
      });
      expect(response.status).toBe(201);
    }
    const failed = await idempotency.handle(order({ key: null }), async (request, context) => {
      await shop.placeOrder(request, context);
      return new Response('no', { status: 503 });
    });
    expect(failed.status).toBe(503);
    expect(await shop.orders()).toHaveLength(2);
    expect(await shop.keys()).toEqual([]);
  });

  test.each(['', '""', '"a", "b"', 'a, b', '"a', 'ä', `"${'x'.repeat(256)}"`])('%j is malformed: 400', async (key) => {
    const shop = await sqliteShop();
    const response = await shop.idempotency({ required: false }).handle(order({ key }), shop.placeOrder);
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'idempotency-key-malformed' });
    expect(shop.works).toBe(0);
  });

  test('is told to the work', async () => {
    const shop = await sqliteShop();
    const response = await shop
      .idempotency()
      .handle(order({ key: '"say \\"k\\""' }), (_request, { idempotencyKey }) => new Response(idempotencyKey));
    expect(await response.text()).toBe('say "k"');
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('plays no part for %s: the request passes untouched', async (method) => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const request = order({ method });
    for (let round = 0; round < 2; round += 1) {
      const response = await idempotency.handle(request, (received, context) => {
        expect(received).toBe(request);
        expect(received.bodyUsed).toBe(false);
        expect(context.idempotencyKey).toBeNull();
        return new Response(null, { status: 204 });
      });
      expect(response.headers.has('idempotency-replayed')).toBe(false);
    }
    expect(await shop.keys()).toEqual([]);
  });

  test('may be taken by other methods', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ methods: ['PUT'] });
    await idempotency.handle(order({ method: 'PUT' }), shop.placeOrder);
    await idempotency.handle(order({ method: 'PUT' }), shop.placeOrder);
    expect(await shop.orders()).toHaveLength(1);
  });
});

describe('while the work runs', () => {
  /** On SQLite other requests wait for the transaction, so the holder is held up before it. */
  async function runningOrder(options: { readonly clock?: Clock } = {}) {
    const shop = await sqliteShop();
    const { pass, reached, open } = gate();
    const idempotency = shop.idempotency(options);
    shop.watched.afterClaim = pass;
    const first = idempotency.handle(order(), shop.placeOrder);
    await reached;
    shop.watched.afterClaim = async () => {};
    return { shop, idempotency, first, open };
  }

  test('F1.3: the same key gets 409 with Retry-After in whole seconds, at least 1', async () => {
    const { shop, idempotency, first, open } = await runningOrder();
    const waiting = await idempotency.handle(order(), shop.placeOrder);
    expect(await problemOf(waiting)).toMatchObject({ status: 409, type: problem, code: 'idempotency-key-in-use' });
    expect(waiting.headers.get('retry-after')).toBe('1');
    await shop.elapse(4_200);
    const later = await idempotency.handle(order(), shop.placeOrder);
    expect(Number(later.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
    expect(Number(later.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    open();
    expect((await first).status).toBe(201);
    const replay = await idempotency.handle(order(), shop.placeOrder);
    expect(await replay.text()).toBe(await (await first).text());
    expect(shop.works).toBe(1);
  });

  test('F1.2: the same key with another body gets 422', async () => {
    const { shop, idempotency, first, open } = await runningOrder();
    const other = await idempotency.handle(order({ body: '{"item":"chair"}' }), shop.placeOrder);
    expect(other.status).toBe(422);
    open();
    await first;
  });

  test('closing lets it end, and answers new requests with 503', async () => {
    const { shop, idempotency, first, open } = await runningOrder();
    const closed = vi.fn();
    const closing = idempotency.close().then(closed);
    const refused = await idempotency.handle(order({ key: 'new' }), shop.placeOrder);
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'closing' });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(closed).not.toHaveBeenCalled();
    open();
    expect((await first).status).toBe(201);
    await closing;
    expect(await shop.orders()).toHaveLength(1);
  });

  test('a holder that stood still beyond its lease is rolled back when its key was taken over: 409, the order once', async () => {
    const { shop, idempotency, first, open } = await runningOrder({ clock: new ManualClock() });
    await shop.elapse(10_001);
    const other = shop.idempotency();
    const second = await other.handle(order(), shop.placeOrder);
    expect(second.status).toBe(201);
    open();
    const late = await first;
    expect(await problemOf(late)).toMatchObject({ status: 409, code: 'idempotency-key-in-use' });
    expect(late.headers.get('retry-after')).toBe('1');
    const { id } = (await second.json()) as { readonly id: string };
    expect(await shop.orders()).toEqual([id]);
    expect(shop.works).toBe(2);
    expect(shop.events).toEqual([{ type: 'key-lost', key: 'k' }]);
    const replay = await idempotency.handle(order(), shop.placeOrder);
    expect(((await replay.json()) as { readonly id: string }).id).toBe(id);
  });

  test('a holder that stood still beyond its lease goes on when nobody took its key', async () => {
    const { shop, first, open } = await runningOrder({ clock: new ManualClock() });
    await shop.elapse(10_001);
    open();
    expect((await first).status).toBe(201);
    expect(await shop.orders()).toHaveLength(1);
  });
});

describe('renewals', () => {
  test('begin after a third of the lease, and end with the work', async () => {
    const clock = new ManualClock();
    const shop = await sqliteShop();
    shop.watched.renewal = async () => true;
    const idempotency = shop.idempotency({ clock, leaseMs: 9_000 });
    const { pass, reached, open } = gate();
    const running = idempotency.handle(order(), async (request, context) => {
      await pass();
      return shop.placeOrder(request, context);
    });
    await reached;
    await clock.advance(2_999);
    expect(shop.watched.renewals).toBe(0);
    await clock.advance(1);
    expect(shop.watched.renewals).toBe(1);
    await clock.advance(6_000);
    expect(shop.watched.renewals).toBe(3);
    open();
    await running;
    await idempotency.close();
    await clock.advance(60_000);
    expect(shop.watched.renewals).toBe(3);
  });

  test('that say the key is lost abort the work; a work that ignores it is rolled back all the same', async () => {
    const clock = new ManualClock();
    const shop = await sqliteShop();
    shop.watched.renewal = async () => false;
    const { pass, reached, open } = gate();
    let aborted: AbortSignal | undefined;
    const running = shop.idempotency({ clock }).handle(order(), async (request, context) => {
      aborted = context.signal;
      await pass();
      return shop.placeOrder(request, context);
    });
    await reached;
    await clock.advance(3_334);
    expect(aborted?.aborted).toBe(true);
    expect(aborted?.reason).toMatchObject({ code: 'ERR_INBOX_KEY_LOST' });
    open();
    expect((await running).status).toBe(409);
    expect(await shop.orders()).toEqual([]);
  });

  test('that fail abort nothing: the token decides in the end', async () => {
    const clock = new ManualClock();
    const shop = await sqliteShop();
    shop.watched.renewal = () => Promise.reject(new Error('no connection to postgres://u:secret@host/db'));
    const { pass, reached, open } = gate();
    const running = shop.idempotency({ clock }).handle(order(), async (request, context) => {
      await pass();
      return shop.placeOrder(request, context);
    });
    await reached;
    await clock.advance(3_334);
    open();
    expect((await running).status).toBe(201);
    expect(shop.events).toMatchObject([{ type: 'error', activity: 'renew', key: 'k' }]);
    expect(JSON.stringify(shop.events)).not.toContain('secret');
  });

  test('end after maxWorkMs: the work is aborted, rolled back when it ends, and its key is free', async () => {
    const clock = new ManualClock();
    const shop = await sqliteShop();
    shop.watched.renewal = async () => true;
    const { pass, reached, open } = gate();
    const idempotency = shop.idempotency({ clock, maxWorkMs: 5_000 });
    const running = idempotency.handle(order(), async (request, context) => {
      await pass();
      return shop.placeOrder(request, context);
    });
    const failed = expect(running).rejects.toThrow(WorkOverdueError);
    await reached;
    await clock.advance(5_000);
    expect(shop.watched.renewals).toBe(1);
    await clock.advance(60_000);
    expect(shop.watched.renewals).toBe(1);
    open();
    await failed;
    expect(await shop.orders()).toEqual([]);
    expect(await shop.keys()).toEqual([]);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
  });
});

describe('what is not kept', () => {
  test.each([500, 502, 503, 504, 599, 408, 425, 429])('%i is rolled back, and the key is free', async (status) => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const failed = await idempotency.handle(order(), async (request, context) => {
      await shop.placeOrder(request, context);
      return new Response('not now', { status, headers: { 'retry-after': '7', 'set-cookie': 'a=b' } });
    });
    expect(failed.status).toBe(status);
    expect(await failed.text()).toBe('not now');
    expect(failed.headers.get('retry-after')).toBe('7');
    expect(await shop.orders()).toEqual([]);
    expect(await shop.keys()).toEqual([]);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
  });

  test.each([200, 202, 204, 303, 400, 402, 404, 409, 422])('%i is kept, with what its work wrote', async (status) => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const work = async (request: Request, context: Parameters<typeof shop.placeOrder>[1]) => {
      const { headers } = await shop.placeOrder(request, context);
      return new Response(status === 204 ? null : 'decided', { status, headers });
    };
    const first = await idempotency.handle(order(), work);
    const again = await idempotency.handle(order(), work);
    expect([first.status, again.status]).toEqual([status, status]);
    expect(await again.text()).toBe(await first.text());
    expect(await shop.orders()).toHaveLength(1);
  });

  test('is declared by storedStatus', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ storedStatus: (status) => status !== 402 });
    const decline = async (request: Request, context: Parameters<typeof shop.placeOrder>[1]) => {
      await shop.placeOrder(request, context);
      return new Response('declined', { status: 402 });
    };
    await idempotency.handle(order(), decline);
    expect(await shop.orders()).toEqual([]);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
    const kept = await idempotency.handle(order({ key: 'k2' }), () => new Response('broken', { status: 500 }));
    expect(kept.status).toBe(500);
    const again = await idempotency.handle(order({ key: 'k2' }), shop.placeOrder);
    expect([again.status, await again.text()]).toEqual([500, 'broken']);
  });

  test('a network error response is no answer', async () => {
    const shop = await sqliteShop();
    const response = await shop.idempotency().handle(order(), () => Response.error());
    expect(response.type).toBe('error');
    expect(await shop.keys()).toEqual([]);
  });

  test('a work that throws is rolled back, frees its key, and its error is thrown', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const failing = idempotency.handle(order(), async (request, context) => {
      await shop.placeOrder(request, context);
      throw new RangeError('after the order');
    });
    await expect(failing).rejects.toThrow(new RangeError('after the order'));
    expect(await shop.orders()).toEqual([]);
    expect(await shop.keys()).toEqual([]);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
  });

  test('a key that cannot be freed is told of, and is free when its lease ends', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    shop.watched.releasing = () => Promise.reject(new Error('disk'));
    await expect(idempotency.handle(order(), () => Promise.reject(new Error('work')))).rejects.toThrow('work');
    expect(shop.events).toMatchObject([{ type: 'error', activity: 'release', key: 'k', error: 'Error: disk' }]);
    shop.watched.releasing = undefined;
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(409);
    await shop.elapse(10_001);
    expect((await idempotency.handle(order(), shop.placeOrder)).status).toBe(201);
  });

  test('an event listener that throws changes nothing', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({
      onEvent: () => {
        throw new Error('listener');
      },
    });
    await idempotency.handle(order(), shop.placeOrder);
    expect((await idempotency.handle(order({ body: '{"item":"x"}' }), shop.placeOrder)).status).toBe(422);
  });
});

describe('the request', () => {
  const megabytes = () => {
    let pulled = 0;
    const cancelled = vi.fn();
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_000));
      },
      cancel: cancelled,
    });
    return { body, cancelled, pulled: () => pulled };
  };

  test('is refused with 413 as soon as it has more bytes than allowed; an endless one is cancelled', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ maxRequestBytes: 10_000 });
    const endless = megabytes();
    const response = await idempotency.handle(order({ body: endless.body }), shop.placeOrder);
    expect(await problemOf(response)).toMatchObject({ status: 413, type: problem, code: 'request-too-large' });
    expect(endless.pulled()).toBeLessThan(20);
    expect(endless.cancelled).toHaveBeenCalledTimes(1);
    expect(shop.works).toBe(0);
    expect(await shop.keys()).toEqual([]);
  });

  test('is measured by its bytes, whatever its content-length says', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ maxRequestBytes: 15 });
    const lying = { 'content-length': '3' };
    const long = await idempotency.handle(order({ body: '{"item":"lamps"}', headers: lying }), shop.placeOrder);
    expect(long.status).toBe(413);
    const exact = order({ body: '{"item":"lamp"}', headers: { 'content-length': '1000000' } });
    expect((await idempotency.handle(exact, shop.placeOrder)).status).toBe(201);
  });

  test('reaches the work with its URL, method, headers and bytes', async () => {
    const shop = await sqliteShop();
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const sent = order({ body: bytes, headers: { 'content-type': 'application/octet-stream', 'x-more': 'ä' } });
    const response = await shop.idempotency().handle(sent, async (request) => {
      expect([request.url, request.method]).toEqual([sent.url, 'POST']);
      expect([...request.headers]).toEqual([...sent.headers]);
      return new Response(await request.bytes());
    });
    expect(await response.bytes()).toEqual(bytes);
  });

  test('without a body has none in the work', async () => {
    const shop = await sqliteShop();
    const response = await shop
      .idempotency()
      .handle(order({ body: null }), async (request) => Response.json([await request.text()]));
    expect(await response.json()).toEqual(['']);
  });

  test('whose body was read before is refused: its content cannot be told', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const read = order();
    await read.text();
    await expect(idempotency.handle(read, shop.placeOrder)).rejects.toThrow(BodyAlreadyReadError);
    const locked = order();
    locked.body?.getReader();
    await expect(idempotency.handle(locked, shop.placeOrder)).rejects.toThrow(BodyAlreadyReadError);
    const drained = order({ body: null, headers: { 'content-length': '15' } });
    await expect(idempotency.handle(drained, shop.placeOrder)).rejects.toThrow(BodyAlreadyReadError);
    expect(await shop.keys()).toEqual([]);
  });

  test('whose body breaks off leaves nothing behind', async () => {
    const shop = await sqliteShop();
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('aborted')) });
    await expect(shop.idempotency().handle(order({ body }), shop.placeOrder)).rejects.toThrow('aborted');
    expect(await shop.keys()).toEqual([]);
  });

  test('whose client goes away is worked on all the same: the retry gets the answer', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency();
    const client = new AbortController();
    const first = await idempotency.handle(order({ signal: client.signal }), (request, context) => {
      client.abort();
      expect([request.signal.aborted, context.signal.aborted]).toEqual([false, false]);
      return shop.placeOrder(request, context);
    });
    const again = await idempotency.handle(order(), shop.placeOrder);
    expect(await again.text()).toBe(await first.text());
    expect(shop.works).toBe(1);
  });

  test('may be told apart by a part of its body', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({
      fingerprint: (_request, body) => (JSON.parse(Buffer.from(body).toString()) as { item: string }).item,
    });
    await idempotency.handle(order({ body: '{"item":"lamp","sentAt":1}' }), shop.placeOrder);
    const again = await idempotency.handle(order({ body: '{"item":"lamp","sentAt":2}' }), shop.placeOrder);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await idempotency.handle(order({ body: '{"item":"chair"}' }), shop.placeOrder)).status).toBe(422);
  });
});

describe('the answer', () => {
  const replayOf = async (work: () => Response, options = {}) => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency(options);
    return { first: await idempotency.handle(order(), work), again: await idempotency.handle(order(), work), shop };
  };

  test('is kept byte by byte, whatever it is', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => (at * 7) % 256);
    const stream = () =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < bytes.length; at += 999) controller.enqueue(bytes.slice(at, at + 999));
          controller.close();
        },
      });
    const { first, again } = await replayOf(() => new Response(stream(), { headers: { 'content-type': 'image/png' } }));
    expect(Buffer.from(await first.arrayBuffer()).equals(bytes)).toBe(true);
    expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).toBe(true);
    expect(again.headers.get('content-type')).toBe('image/png');
  });

  test.each([204, 205, 304])('%i has no body, also when repeated', async (status) => {
    const { first, again } = await replayOf(() => new Response(null, { status, headers: { etag: '"1"' } }));
    for (const response of [first, again]) {
      expect(response.status).toBe(status);
      expect(response.body).toBeNull();
      expect(response.headers.get('etag')).toBe('"1"');
    }
  });

  test('may be empty', async () => {
    const { first, again } = await replayOf(() => new Response('', { status: 201 }));
    expect([first.status, await first.text(), again.status, await again.text()]).toEqual([201, '', 201, '']);
  });

  test('has all its headers the first time, and those of the allow-list afterwards; never a cookie', async () => {
    const work = () => {
      const headers = new Headers({
        'content-type': 'text/plain',
        location: '/1',
        'x-request-id': '1',
        date: 'now',
        vary: 'a',
      });
      headers.append('set-cookie', 'session=secret');
      headers.append('set-cookie', 'b=2');
      headers.append('link', '<a>');
      headers.append('link', '<b>');
      return new Response('x', { headers, statusText: 'Fine' });
    };
    const { first, again, shop } = await replayOf(work);
    expect(first.headers.getSetCookie()).toEqual(['session=secret', 'b=2']);
    expect(first.headers.get('x-request-id')).toBe('1');
    expect(first.statusText).toBe('Fine');
    expect(Object.fromEntries(again.headers)).toEqual({
      'content-type': 'text/plain',
      'idempotency-replayed': 'true',
      link: '<a>, <b>',
      location: '/1',
      vary: 'a',
    });
    expect(JSON.stringify((await shop.keys())[0]?.['headers'])).not.toContain('secret');
    const { again: chosen } = await replayOf(work, { storedHeaders: ['X-Request-Id'] });
    expect(Object.fromEntries(chosen.headers)).toEqual({ 'idempotency-replayed': 'true', 'x-request-id': '1' });
  });

  test('that is larger than allowed is rolled back, and an endless one is cancelled', async () => {
    const shop = await sqliteShop();
    const idempotency = shop.idempotency({ maxResponseBytes: 1_000 });
    const cancelled = vi.fn();
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(100)),
      cancel: cancelled,
    });
    const failing = idempotency.handle(order(), async (request, context) => {
      await shop.placeOrder(request, context);
      return new Response(endless);
    });
    await expect(failing).rejects.toThrow(ResponseTooLargeError);
    expect(cancelled).toHaveBeenCalledTimes(1);
    expect(await shop.orders()).toEqual([]);
    expect(await shop.keys()).toEqual([]);
    const oneMore = idempotency.handle(order(), () => new Response(new Uint8Array(1_001)));
    await expect(oneMore).rejects.toThrow(ResponseTooLargeError);
    const exact = await idempotency.handle(order(), () => new Response(new Uint8Array(1_000)));
    expect(exact.status).toBe(200);
  });

  test('whose body fails is rolled back', async () => {
    const shop = await sqliteShop();
    const failing = shop.idempotency().handle(order(), async (request, context) => {
      await shop.placeOrder(request, context);
      return new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('body')) }));
    });
    await expect(failing).rejects.toThrow('body');
    expect([await shop.orders(), await shop.keys()]).toEqual([[], []]);
  });
});

describe('messages', () => {
  test('go out in the transaction of the work', async () => {
    const shop = await sqliteShop();
    const enqueued: OutgoingMessage[] = [];
    const outbox = {
      enqueue: async (tx: typeof shop.db.handle, messages: readonly OutgoingMessage[]) => {
        await shop.insert(tx, `message ${enqueued.length}`, 'message');
        enqueued.push(...messages);
      },
    };
    const idempotency = shop.idempotency({ outbox });
    const placed = { type: 'order.placed', data: { item: 'lamp' } };
    await idempotency.handle(order(), async (_request, { send }) => {
      await send(placed);
      await send([placed, placed]);
      return new Response();
    });
    expect(enqueued).toEqual([placed, placed, placed]);
    expect(await shop.orders()).toEqual(['message 0', 'message 1']);
  });

  test('need an outbox', async () => {
    const shop = await sqliteShop();
    const sending = shop.idempotency().handle(order(), async (_request, { send }) => {
      await send({ type: 'order.placed', data: {} });
      return new Response();
    });
    await expect(sending).rejects.toThrow(InvalidOptionError);
  });
});

test('a conflict with another transaction runs the whole work again, with its body, a bounded number of times', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency();
  const conflict = Object.assign(new Error('could not serialize'), { code: '40001', severity: 'ERROR' });
  const response = await idempotency.handle(order(), async (request, context) => {
    const placed = await shop.placeOrder(request, context);
    if (shop.works < 3) throw conflict;
    return placed;
  });
  expect(response.status).toBe(201);
  expect(shop.works).toBe(3);
  expect(await shop.orders()).toHaveLength(1);
  const always = idempotency.handle(order({ key: 'always' }), () => Promise.reject(conflict));
  await expect(always).rejects.toBe(conflict);
  expect(await shop.keys()).toHaveLength(1);
});

test('purge removes the keys whose retention is over', async () => {
  const shop = await sqliteShop();
  const idempotency = shop.idempotency({ retentionMs: 60_000 });
  for (const key of ['a', 'b', 'c']) await idempotency.handle(order({ key }), shop.placeOrder);
  expect(await idempotency.purge()).toBe(0);
  await shop.elapse(60_001);
  expect(await idempotency.purge({ limit: 2 })).toBe(2);
  expect(await idempotency.purge({ limit: 2 })).toBe(1);
  await idempotency.handle(order({ key: 'a' }), shop.placeOrder);
  expect(shop.works).toBe(4);
});

describe('options', () => {
  const bad: readonly [string, Partial<Record<keyof HttpIdempotencyOptions<unknown>, unknown>>][] = [
    ['a scope that is no function', { scope: 'alice' }],
    ['a store of another database', { store: new PostgresIdempotencyStore() }],
    ['a lease that is too short', { leaseMs: 29 }],
    ['a retention shorter than the lease', { leaseMs: 10_000, maxWorkMs: 1, retentionMs: 9_999 }],
    ['a retention shorter than the longest work', { leaseMs: 30, maxWorkMs: 20_000, retentionMs: 19_999 }],
    ['a method that changes nothing', { methods: ['GET'] }],
    ['a method in lower case', { methods: ['post'] }],
    ['a cookie among the kept headers', { storedHeaders: ['Set-Cookie'] }],
    ['a header that is none', { storedHeaders: ['a b'] }],
    ['a number that is text', { maxRequestBytes: '1' }],
    ['a required that is text', { required: 'yes' }],
    ['a storedStatus that is a list', { storedStatus: [200] }],
    ['a documentation that is empty', { documentation: '' }],
  ];

  test.each(bad)('are checked: %s is refused', async (_name, options) => {
    const shop = await sqliteShop();
    const all = { store: shop.store, transactions: shop.transactions, scope: () => 'alice', ...options };
    expect(() => new HttpIdempotency(all as HttpIdempotencyOptions<unknown>)).toThrow(InvalidOptionError);
  });
});
