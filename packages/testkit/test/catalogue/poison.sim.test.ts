import type { ParkedMessage } from '@holdfast/outbox';
import { type Check, simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { outboxChecks } from './outbox-checks.ts';
import { type OutboxFacts, outboxWorld, remoteStore } from './outbox-world.ts';
import { REASON, RefusingPublisher } from './refusing-publisher.ts';

interface PoisonFacts extends OutboxFacts {
  /** Ids of messages that were parked as refused. */
  readonly refused: Set<string>;
  left: number;
}

const POISON = 'order.poison';

/** One message of each writer is refused until an operator has mended what refuses it. */
async function poisonedWorld(world: World): Promise<PoisonFacts> {
  const mended = new Set<string>();
  const outbox = await outboxWorld(world, {
    paceMs: 800,
    messagesEach: 5,
    keys: ['a', 'b', 'c'],
    message: (number) => ({ type: number === 2 ? POISON : 'order.changed' }),
    relay: { strictKeys: true },
    publisher: (inner) => new RefusingPublisher(inner, ({ type, id }) => type === POISON && !mended.has(id)),
  });
  const facts: PoisonFacts = { ...outbox, refused: new Set(), left: 0 };
  world.process('operator', () => operator(world, { facts, mended }));
  const count = async () => {
    facts.left = (await facts.store.parking.list({ limit: 1_000 })).length;
  };
  world.quietWhen(() => {
    void count();
    return facts.left === 0;
  });
  world.beforeChecks(count);
  return facts;
}

/** Looks at what is parked; mends it after a while, and has it published again. */
function operator(world: World, { facts, mended }: { readonly facts: PoisonFacts; readonly mended: Set<string> }) {
  const { clock } = world;
  const { parking } = remoteStore(world, facts);
  const stop = new AbortController();
  const look = async () => {
    const parked = await parking.list({ limit: 1_000 });
    for (const one of parked) noteParked(world, facts, one);
    const before = facts.delivered.length;
    await clock.sleep(1_000, stop.signal);
    const keys = new Set(parked.map(({ key }) => key));
    const others = facts.delivered.slice(before).filter(({ key }) => !keys.has(key));
    if (keys.size > 0 && others.length > 0) world.see('other keys go on meanwhile');
    for (const id of facts.refused) mended.add(id);
    if (parked.length > 0) await parking.request({ all: true }, 'redrive');
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      await look().catch(() => {});
      await clock.sleep(200, stop.signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

function noteParked(world: World, { refused }: PoisonFacts, { id, role, reason }: ParkedMessage): void {
  // The next of a key takes the place of a refused one that is published, with another reason.
  if (role === 'rejected' && reason.includes(REASON)) refused.add(id);
  if (role === 'behind') world.see('a message waits behind a refused one of its key');
}

const checks: readonly Check<PoisonFacts>[] = [
  ...outboxChecks,
  {
    name: 'only what is refused is parked for its own sake',
    check: ({ refused, committed }) =>
      committed.filter(({ id, type }) => refused.has(id) && type !== POISON).map(({ id }) => `"${id}" was parked.`),
  },
  { name: 'nothing stays parked', check: ({ left }) => (left === 0 ? [] : [`${left} messages are parked.`]) },
];

test('F4.9: a refused message is parked with its key, other keys go on, and a redrive publishes all of it in order', async () => {
  const { figures } = await simulate({
    name: 'poison',
    world: poisonedWorld,
    check: checks,
    seeds: 60,
    repeat: 0.1,
    sometimes: ['a message waits behind a refused one of its key', 'other keys go on meanwhile'],
  });
  expect(figures.seeds).toBe(60);
});
