/**
 * The bytes of a body, or `null` as soon as they are more than `maxBytes`; then the rest is refused to its sender. What a header says of the
 * length plays no part.
 */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      // Not awaited: a source may take its time to end, and nobody here depends on how it does.
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
}
