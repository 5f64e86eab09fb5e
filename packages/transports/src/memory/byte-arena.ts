const CHUNK_BYTES = 16 * 1024;
const LARGEST_SHARED = CHUNK_BYTES / 4;

/**
 * Copies small byte strings into shared chunks: a buffer of its own costs each message some 300 bytes and the garbage
 * collector a finalizer. A chunk lives as long as one of the byte strings in it.
 */
export class ByteArena {
  #chunk = new Uint8Array(0);
  #used = 0;

  /** Where the bytes added last are: from the returned offset of `chunk`. */
  get chunk(): Uint8Array {
    return this.#chunk;
  }

  /** Copies the bytes, and returns their offset in {@link chunk}. */
  add(bytes: Uint8Array): number {
    const { length } = bytes;
    if (this.#used + length > this.#chunk.length) {
      this.#chunk = new Uint8Array(length > LARGEST_SHARED ? length : CHUNK_BYTES);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#chunk.set(bytes, offset);
    this.#used += length;
    return offset;
  }

  /** Copies the bytes, and returns the copy. */
  copy(bytes: Uint8Array): Uint8Array {
    const offset = this.add(bytes);
    return this.#chunk.subarray(offset, offset + bytes.length);
  }
}
