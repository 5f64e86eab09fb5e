import type { SimulatedProcess, World } from '@holdfast/testkit';
import type { OrderPort } from './order-process.ts';
import { SCARCE, SOLD_OUT, UNHEARD_OF } from './order-tables.ts';
import type { Situations } from './situations.ts';

/** What a customer asked for and was told. */
export interface Request {
  readonly key: string;
  readonly totalAmount: number;
  /** The orders that it was told of, each time. */
  readonly answers: string[];
}

interface Written extends Request {
  readonly body: string;
}

type Orders = readonly SimulatedProcess<OrderPort>[];

/** By what customers are named, so that each ending of an order happens, and what they order. */
const KINDS: readonly (readonly [customer: string, product: string])[] = [
  ['', SCARCE],
  ['', SCARCE],
  ['', SCARCE],
  ['-declined', SCARCE],
  ['', SOLD_OUT],
  ['-remote', SCARCE],
  ['-late', SCARCE],
  ['-late-remote', SCARCE],
  ['-unrefundable', SOLD_OUT],
  ['', UNHEARD_OF],
];

const RETRY_AFTER_MS = 300;
const MOST_TRIES = 300;
const LOOK_EVERY_MS = 1_500;
/** How long they look after their orders. Faults go on that long. */
const MOST_LOOKS = 12;
const OVER: readonly unknown[] = ['completed', 'cancelled'];

export interface CustomersOptions {
  readonly world: World;
  readonly situations: Situations;
  readonly orders: Orders;
}

/**
 * Customers who order once each, with a key, and ask again until they know that they have an order; some ask once more afterwards. Then they
 * look now and then at what becomes of it.
 */
export function customers({ world, situations, orders }: CustomersOptions, count: number): readonly Request[] {
  const requests = Array.from({ length: count }, (_, index) => requestOf(world, index));
  world.client(
    'customer',
    async ({ number }) => {
      const request = requests[number - 1];
      if (request === undefined) return;
      await place(request, number, { world, situations, orders });
      for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
        await world.clock.sleep(LOOK_EVERY_MS);
        if (await isOver(orders[(number + looks) % orders.length], request)) return;
      }
    },
    { count },
  );
  return requests;
}

function requestOf(world: World, index: number): Written {
  const number = index + 1;
  const [difficulty, productId] = KINDS[Math.floor(world.random.next() * KINDS.length)] ?? ['', SCARCE];
  const unitPrice = 100 + 7 * index;
  const items = [{ productId, quantity: 1, unitPrice }];
  const order = { reference: `ref-${number}`, customerId: `c-${number}${difficulty}`, items };
  return { key: `key-${number}`, totalAmount: unitPrice, answers: [], body: JSON.stringify(order) };
}

async function place(request: Written, number: number, { world, situations, orders }: CustomersOptions): Promise<void> {
  for (let tries = 0, wanted = 1 + (number % 2); tries < MOST_TRIES && wanted > 0; tries += 1) {
    const service = orders[(number + tries) % orders.length];
    const orderId = service === undefined ? null : await ask(service, request);
    if (orderId === null) {
      await world.clock.sleep(RETRY_AFTER_MS);
      continue;
    }
    if (request.answers.includes(orderId)) situations.see('a customer got the first answer again');
    request.answers.push(orderId);
    wanted -= 1;
  }
}

/** The order that the answer names, or `null` when there is none yet. */
async function ask(service: SimulatedProcess<OrderPort>, { key, body }: Written): Promise<string | null> {
  try {
    const answer = await service.call('post', (port) => port.post(key, body));
    if (answer.status !== 201) return null;
    const { orderId } = JSON.parse(answer.body) as { readonly orderId: string };
    return orderId;
  } catch {
    return null;
  }
}

async function isOver(service: SimulatedProcess<OrderPort> | undefined, { answers }: Request): Promise<boolean> {
  const [orderId] = answers;
  if (service === undefined || orderId === undefined) return true;
  try {
    const answer = await service.call('get', (port) => port.get(orderId));
    return OVER.includes((JSON.parse(answer.body) as { readonly status: unknown }).status);
  } catch {
    return false;
  }
}
