import { describe, expect, test, vi } from 'vitest';
import { BodyAlreadyReadError } from '../../src/http/errors/body-already-read-error.ts';
import { readRequestBody } from '../../src/http/read-request-body.ts';

const MAX = 10_000;

function endless() {
  const cancelled = vi.fn();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel: cancelled,
  });
  return { body, cancelled };
}

function requestOf(body: ReadableStream<Uint8Array> | string | null, headers: Record<string, string>): Request {
  return new Request('http://localhost/orders', { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
}

describe('the body of a request', () => {
  test.each([
    ['no length', {}],
    ['a length that is not true', { 'content-length': '15' }],
    ['a length that is too large', { 'content-length': '10001' }],
    ['a length that is none', { 'content-length': 'many' }],
    ['a length of what is encoded', { 'content-length': '30', 'content-encoding': 'gzip' }],
    ['a length beside chunks', { 'content-length': '30', 'transfer-encoding': 'chunked' }],
  ])('is counted while it is read, and cancelled when it is too much: %s', async (_, headers) => {
    const { body, cancelled } = endless();
    expect(await readRequestBody(requestOf(body, headers), MAX)).toBeNull();
    expect(cancelled).toHaveBeenCalledTimes(1);
  });

  test('of an adapter, whose length is told, is read by its short way, which no stream is made for', async () => {
    const request = requestOf('{"item":"lamp"}', { 'content-length': '15' });
    Object.assign(request, { arrayBuffer: () => Request.prototype.arrayBuffer.call(request) });
    const streamed = vi.spyOn(request, 'body', 'get');
    expect(Buffer.from((await readRequestBody(request, MAX)) ?? []).toString()).toBe('{"item":"lamp"}');
    expect(streamed).not.toHaveBeenCalled();
  });

  test('that is longer by the short way of an adapter than it was told to be is refused all the same', async () => {
    const request = requestOf('', { 'content-length': '15' });
    Object.assign(request, { arrayBuffer: async () => new ArrayBuffer(MAX + 1) });
    expect(await readRequestBody(request, MAX)).toBeNull();
  });

  test('of a request of another make is counted too', async () => {
    const { body, cancelled } = endless();
    // As of a second copy of undici.
    const foreign = { headers: new Headers({ 'content-length': '15' }), body, bodyUsed: false, arrayBuffer: vi.fn() };
    expect(await readRequestBody(foreign as unknown as Request, MAX)).toBeNull();
    expect(cancelled).toHaveBeenCalledTimes(1);
    expect(foreign.arrayBuffer).not.toHaveBeenCalled();
  });

  test('that breaks off rejects with what broke it, whatever that is', async () => {
    const broken = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(broken) });
    await expect(readRequestBody(requestOf(body, { 'content-length': '15' }), MAX)).rejects.toBe(broken);
  });

  test('that was read, or is being read, is told from one that is empty', async () => {
    const read = requestOf('{"item":"lamp"}', { 'content-length': '15' });
    await read.text();
    await expect(readRequestBody(read, MAX)).rejects.toThrow(BodyAlreadyReadError);
    const locked = requestOf('{"item":"lamp"}', { 'content-length': '15' });
    locked.body?.getReader();
    await expect(readRequestBody(locked, MAX)).rejects.toThrow(BodyAlreadyReadError);
    const drained = requestOf(null, { 'transfer-encoding': 'chunked' });
    await expect(readRequestBody(drained, MAX)).rejects.toThrow(BodyAlreadyReadError);
    expect(await readRequestBody(requestOf(null, { 'content-length': '0' }), MAX)).toEqual(new Uint8Array());
  });
});
