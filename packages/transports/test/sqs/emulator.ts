import { startFauxqs } from 'fauxqs';

/**
 * SQS and SNS in this process, or those that the environment names.
 *
 * The emulator differs from the service: it refuses characters above U+FFFF in bodies, gives one message of a FIFO group
 * per request, knows no deduplication per group, forgets nothing of a long poll whose client is gone, has no throttling and
 * no eventual consistency, and takes visibility timeouts without the limit of 12 hours in all.
 */
export interface Emulator {
  readonly url: URL;
  close(): Promise<void>;
}

export async function startEmulator(): Promise<Emulator> {
  const given = process.env['HOLDFAST_TEST_SQS_URL'];
  if (given !== undefined) return { url: new URL(given), close: async () => {} };
  const server = await startFauxqs({ port: 0, logger: false });
  return { url: new URL(`http://127.0.0.1:${server.port}`), close: () => server.stop() };
}
