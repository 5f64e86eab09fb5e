import type { SqliteHandle } from './driver.ts';

/** Makes a connection's functions of chance draw from `draw()`, which gives 32 random bits. */
export function installVirtualChance(connection: SqliteHandle, draw: () => number): void {
  connection.function('random', () => BigInt.asIntN(64, (BigInt(draw()) << 32n) | BigInt(draw())));
  connection.function('randomblob', (bytes: unknown) => {
    const length = Math.max(1, Math.floor(Number(bytes)) || 1);
    return Buffer.from(Array.from({ length }, () => draw() >>> 24));
  });
}
