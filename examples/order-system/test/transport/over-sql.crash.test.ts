import { expect, test } from 'vitest';
import { ProgramUnderTest, reportOf } from '../run-program.ts';

test('F4.1, F4.2, F4.4: over SQL nothing is lost or done twice when the transport goes down and the relay is killed', async () => {
  const finished = await new ProgramUnderTest(['--json', '--transport', 'sql', '--count', '100']).result;
  const report = reportOf(finished);
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(report).toMatchObject({ accepted: 100, ok: true });
  expect(finished.code).toBe(0);
  expect(finished.stderr).toMatch(/transport DOWN.*transport UP.*kill -9.*relay 2 takes over/s);
});
