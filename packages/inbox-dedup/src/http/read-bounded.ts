/**
 * The bytes of a body, or `null` as soon as they are more than `maxBytes`; then the rest is refused to its sender. What a header says of the
 * length plays no part. It ends when the signal is aborted, with what has come by then.
 * @throws TypeError when the stream gives anything but bytes, which has no length that could be counted
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  // Not awaited: a source may take its time to end, and nobody here depends on how it does.
  const cancel = () => void reader.cancel().catch(() => {});
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    return await readAll(reader, maxBytes, cancel);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  cancel: () => void,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      cancel();
      throw new TypeError('A body must be a stream of Uint8Array: encode texts, by a TextEncoderStream for one.');
    }
    size += value.byteLength;
    if (size > maxBytes) {
      cancel();
      return null;
    }
    chunks.push(value);
  }
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
}
