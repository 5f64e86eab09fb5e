import { createServer } from 'node:net';
import { FaultProxy } from '@holdfast/sql/testing';
import { describe, expect, test } from 'vitest';
import { ProgramUnderTest, reportOf } from '../run-program.ts';

export interface BrokerUnderTest {
  readonly transport: 'amqp' | 'sqs';
  /** The environment variable in which the program looks for it. */
  readonly variable: string;
  readonly url: string;
  /** How URLs of such a broker begin. */
  readonly protocol: string;
}

/** Whole runs of the program over a broker outside. */
export function describeOverABroker({ transport, variable, url, protocol }: BrokerUnderTest): void {
  const run = (given: string, ...args: readonly string[]) =>
    new ProgramUnderTest(['--json', '--transport', transport, ...args], { [variable]: given }).result;

  describe(`the order system over ${transport}`, () => {
    test('F4.1, F4.2, F4.4: nothing is lost or done twice when the transport goes down and the relay is killed', async () => {
      const finished = await run(url, '--count', '100');
      const report = reportOf(finished);
      expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
      expect(report).toMatchObject({ accepted: 100, ok: true });
      expect(finished.code).toBe(0);
      expect(finished.stderr).toMatch(/transport DOWN.*transport UP.*kill -9.*relay 2 takes over/s);
    });

    test('a single order is disturbed like many', async () => {
      const finished = await run(url, '--count', '1');
      expect(reportOf(finished).invariants.filter(({ ok }) => !ok)).toEqual([]);
      expect(finished.code).toBe(0);
    });

    test.each([`${protocol}//user:secret@127.0.0.1:1`, ''])(
      'F13.3: a broker that is not there (%j) ends the run with 1, and it says what to set',
      async (given) => {
        const { code, stdout, stderr } = await run(given);
        expect([code, stdout]).toEqual([1, '']);
        expect(stderr).toContain(`Set "${variable}"`);
        expect(stderr).not.toContain('secret');
      },
    );

    test('F13.3: a broker that goes away for good during the run ends it with 1, and it says so', async () => {
      const { hostname, port } = new URL(url);
      const proxy = await FaultProxy.listen({ host: hostname, port: Number(port) });
      const program = new ProgramUnderTest(['--transport', transport, '--count', '20'], {
        [variable]: proxy.through(url),
      });
      await program.hasWritten(/transport UP/);
      proxy.refuse();
      proxy.reset();
      const { code, stderr } = await program.result;
      await proxy.close();
      expect(code).toBe(1);
      expect(stderr).toMatch(/does not answer any more/);
    });

    test('F13.3: so does one that takes connections and never answers', async () => {
      const silent = createServer((socket) => socket.on('error', () => {}).resume());
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const address = silent.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const { code, stderr } = await run(`${protocol}//127.0.0.1:${port}`);
      silent.close();
      expect(code).toBe(1);
      expect(stderr).toContain(`Set "${variable}"`);
    });
  });
}
