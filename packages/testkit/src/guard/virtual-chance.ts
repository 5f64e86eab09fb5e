import crypto from 'node:crypto';
import type { Random } from '@holdfast/core';
import { mix } from '../kernel/mix.ts';
import { currentSimulation } from '../kernel/process-context.ts';
import type { Patches } from './patches.ts';

type WebCrypto = typeof globalThis.crypto;
type Bytes = (size: number, callback?: (error: null, bytes: Buffer) => void) => Buffer | undefined;
type Done<Value> = (error: null, value: Value) => void;

/** Chance of Node is that of the run, in its code. */
export function makeChanceVirtual(patches: Patches): void {
  patches.replace<() => number>(Math, 'random', (real) => () => currentSimulation()?.random.next() ?? real());
  const web = globalThis.crypto;
  const getRandomValues = web.getRandomValues.bind(web);
  patches.replace<WebCrypto['getRandomValues']>(web, 'getRandomValues', () => (array) => {
    const random = currentSimulation()?.random;
    if (random === undefined || array === null) return getRandomValues(array);
    fill(random, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return array;
  });
  for (const target of [web, crypto]) {
    patches.replace<WebCrypto['randomUUID']>(target, 'randomUUID', (real) => (...args) => {
      const random = currentSimulation()?.random;
      return random === undefined ? Reflect.apply(real, target, args) : uuidOf(random);
    });
  }
  patches.replace<WebCrypto['randomUUID']>(crypto, 'randomUUIDv7', (real) => (...args) => {
    const simulation = currentSimulation();
    if (simulation === null) return Reflect.apply(real, crypto, args);
    return uuidOf(simulation.random, simulation.clock.now());
  });
  makeModuleVirtual(patches);
}

function makeModuleVirtual(patches: Patches): void {
  patches.replace<Bytes>(crypto, 'randomBytes', (real) => (size, callback) => {
    const random = currentSimulation()?.random;
    if (random === undefined) return real(size, callback);
    return answer(fill(random, Buffer.alloc(size)), callback);
  });
  // Other names of it. To read them makes Node warn.
  for (const name of ['pseudoRandomBytes', 'prng', 'rng']) {
    if (Object.hasOwn(crypto, name)) patches.replaceGetter(crypto, name, () => crypto.randomBytes);
  }
  patches.replace<typeof crypto.randomFillSync>(crypto, 'randomFillSync', (real) => (buffer, offset = 0, size) => {
    const random = currentSimulation()?.random;
    if (random === undefined) return real(buffer, offset, size);
    fill(random, partOf(buffer, offset, size));
    return buffer;
  });
  patches.replace<(...args: unknown[]) => void>(crypto, 'randomFill', (real) => (...args) => {
    const callback = args.pop();
    if (currentSimulation() === null || typeof callback !== 'function') return real(...args, callback);
    const [buffer, offset, size] = args as [NodeJS.ArrayBufferView, number | undefined, number | undefined];
    answer(crypto.randomFillSync(buffer, offset, size), callback as Done<unknown>);
  });
  patches.replace<(...args: unknown[]) => unknown>(crypto, 'randomInt', (real) => (...args) => {
    const random = currentSimulation()?.random;
    if (random === undefined) return real(...args);
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Done<number>) : undefined;
    const [min, max] = (args.length === 1 ? [0, args[0]] : args) as [number, number];
    return answer(min + Math.floor(random.next() * (max - min)), callback);
  });
}

function answer<Value>(value: Value, callback: Done<Value> | undefined): Value | undefined {
  if (callback === undefined) return value;
  process.nextTick(callback, null, value);
  return undefined;
}

function fill<Bytes extends Uint8Array>(random: Random, bytes: Bytes): Bytes {
  // One draw for all of it: generators of ids ask for kilobytes at a time.
  const draw = Math.floor(random.next() * 0x1_0000_0000);
  for (let index = 0; index < bytes.length; index += 4) {
    const word = mix(draw, index);
    bytes[index] = word & 0xff;
    bytes[index + 1] = (word >>> 8) & 0xff;
    bytes[index + 2] = (word >>> 16) & 0xff;
    bytes[index + 3] = word >>> 24;
  }
  return bytes;
}

function partOf(view: NodeJS.ArrayBufferView | ArrayBuffer, offset: number, size: number | undefined): Uint8Array {
  const bytes = ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    : new Uint8Array(view);
  // Of an array of larger numbers Node counts elements.
  const unit = 'BYTES_PER_ELEMENT' in view ? Number(view.BYTES_PER_ELEMENT) : 1;
  return bytes.subarray(offset * unit, size === undefined ? undefined : (offset + size) * unit);
}

/** Of version 4, or at a time of version 7. */
function uuidOf(random: Random, atMs?: number): ReturnType<WebCrypto['randomUUID']> {
  const bytes = fill(random, Buffer.alloc(16));
  if (atMs !== undefined) bytes.writeUIntBE(atMs, 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (atMs === undefined ? 0x40 : 0x70), 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
