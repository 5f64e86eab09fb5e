import type { SimulatedProcess, World } from '@holdfast/testkit';
import { SCARCE } from './order-tables.ts';
import type { ApiPort } from './order-world.ts';
import type { Situations } from './situations.ts';

/** What a customer asked for and was told. */
export interface Request {
  readonly key: string;
  readonly totalAmount: number;
  /** The orders that it was told of, each time. */
  readonly answers: string[];
}

const RETRY_AFTER_MS = 300;
const MOST_TRIES = 300;

export interface CustomersOptions {
  readonly world: World;
  readonly situations: Situations;
  readonly apis: readonly SimulatedProcess<ApiPort>[];
}

/** Customers who order once each, with a key, and ask again until they know that they have an order; some ask once more afterwards. */
export function customers({ world, situations, apis }: CustomersOptions, count: number): readonly Request[] {
  const requests = Array.from({ length: count }, (_, index): Request & { readonly body: string } => {
    const unitPrice = 100 + 7 * index;
    const order = {
      reference: `ref-${index + 1}`,
      customerId: `c-${index + 1}`,
      items: [{ productId: SCARCE, quantity: 1, unitPrice }],
    };
    return { key: `key-${index + 1}`, totalAmount: unitPrice, answers: [], body: JSON.stringify(order) };
  });
  world.client(
    'customer',
    async ({ number }) => {
      const request = requests[number - 1];
      if (request === undefined) return;
      for (let tries = 0, wanted = 1 + (number % 2); tries < MOST_TRIES && wanted > 0; tries += 1) {
        const api = apis[(number + tries) % apis.length];
        const orderId = api === undefined ? null : await ask(api, request);
        if (orderId === null) {
          await world.clock.sleep(RETRY_AFTER_MS);
          continue;
        }
        if (request.answers.includes(orderId)) situations.see('a customer got the first answer again');
        request.answers.push(orderId);
        wanted -= 1;
      }
    },
    { count },
  );
  return requests;
}

/** The order that the answer names, or `null` when there is none yet. */
async function ask(
  api: SimulatedProcess<ApiPort>,
  { key, body }: { readonly key: string; readonly body: string },
): Promise<string | null> {
  try {
    const answer = await api.call('post', (port) => port.post(key, body));
    if (answer.status !== 201) return null;
    const { orderId } = JSON.parse(answer.body) as { readonly orderId: string };
    return orderId;
  } catch {
    return null;
  }
}
