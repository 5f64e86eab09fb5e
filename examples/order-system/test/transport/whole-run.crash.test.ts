import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ProgramUnderTest, reportOf } from '../run-program.ts';

const env = {
  HOLDFAST_AMQP_URL: process.env['HOLDFAST_TEST_AMQP_URL'] ?? '',
  HOLDFAST_SQS_URL: process.env['HOLDFAST_TEST_SQS_URL'] ?? '',
};

test.each(['sql', 'amqp', 'sqs'])(
  'F4.1, F4.2, F4.4: over %s nothing is lost or done twice when the transport goes down and the relay is killed',
  async (transport) => {
    const finished = await new ProgramUnderTest(['--json', '--transport', transport, '--count', '100'], env).result;
    const report = reportOf(finished);
    expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ accepted: 100, ok: true });
    expect(finished.code).toBe(0);
    expect(finished.stderr).toMatch(/transport DOWN.*transport UP.*kill -9.*relay 2 takes over/s);
  },
);

test.each(['amqp', 'sqs'])('a single order over %s is disturbed like any other', async (transport) => {
  const finished = await new ProgramUnderTest(['--json', '--transport', transport, '--count', '1'], env).result;
  expect(reportOf(finished).invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(finished.code).toBe(0);
});

test.each([
  ['amqp', 'HOLDFAST_AMQP_URL', 'amqp://u:secret@127.0.0.1:1'],
  ['sqs', 'HOLDFAST_SQS_URL', 'http://127.0.0.1:1'],
  ['amqp', 'HOLDFAST_AMQP_URL', ''],
])(
  'F13.3: over %s a broker that is not there ends the run with 1, and it says what to set',
  async (transport, variable, url) => {
    const { code, stdout, stderr } = await new ProgramUnderTest(['--json', '--transport', transport], {
      [variable]: url,
    }).result;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`Set "${variable}"`);
    expect(stderr).not.toContain('secret');
  },
);

test.each([
  ['amqp', 'HOLDFAST_AMQP_URL', 'amqp:'],
  ['sqs', 'HOLDFAST_SQS_URL', 'http:'],
])(
  'F13.3: over %s a broker that takes connections and never answers does the same',
  async (transport, variable, protocol) => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = `${protocol}//127.0.0.1:${port}`;
    const { code, stderr } = await new ProgramUnderTest(['--json', '--transport', transport], { [variable]: url })
      .result;
    silent.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Set "${variable}"`);
  },
);
