import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ProgramEvent } from '../../src/processes/child-program.ts';
import { ProviderProcess } from '../../src/provider/provider-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const UNREFUNDABLE = { amount: 1_250, reference: 'A', customer: 'c-unrefundable' };

interface Answer {
  readonly status: number;
  readonly body: { readonly chargeId?: string; readonly code?: string };
}

/** As a caller does it who knows this provider: what is no answer to the question is asked again. */
async function post(url: string, body: object, key: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  for (;;) {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
      .then(async (response) => ({ status: response.status, body: (await response.json()) as Answer['body'] }))
      .catch(() => null);
    const isTold = answer?.status === 422 || (answer?.status === 200 && answer.body.code === undefined);
    if (answer !== null && isTold) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('S5: what the provider was told about refunds holds for its next process, and so does that it withholds answers', async () => {
  using folder = temporaryFolder();
  const started: number[] = [];
  const provider = new ProviderProcess({
    file: join(folder.path, 'provider.sqlite3'),
    seed: 1,
    onEvent: (event: ProgramEvent) => {
      if (event.type === 'started' && event.pid !== undefined) started.push(event.pid);
    },
    onFailure: () => {},
  });
  const url = await provider.start();
  try {
    const { chargeId = '' } = (await post(`${url}/charges`, UNREFUNDABLE, 'charge')).body;
    const refund = { chargeId, amount: UNREFUNDABLE.amount };
    expect((await post(`${url}/refunds`, refund, 'refund-1')).status).toBe(422);
    await provider.kill();
    expect((await post(`${url}/refunds`, refund, 'refund-2')).status).toBe(422);
    provider.acceptRefunds();
    await provider.kill();
    expect((await post(`${url}/refunds`, refund, 'refund-3')).status).toBe(200);

    const withheld = provider.withholdAnswers();
    // Somebody else is faster.
    process.kill(started.at(-1) ?? 0, 'SIGKILL');
    const charged = post(`${url}/charges`, { ...UNREFUNDABLE, reference: 'B' }, 'charge-2');
    await withheld;
    await provider.kill();
    expect((await charged).status).toBe(200);
  } finally {
    await provider.stop();
  }
  expect(started.length).toBe(5);
});
