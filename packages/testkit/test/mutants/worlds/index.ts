import type { WorldDefinition } from '../../../src/campaign/run-world.ts';

type LoadedWorld = () => Promise<WorldDefinition<never>>;

function one<Facts>(load: () => Promise<WorldDefinition<Facts>>): LoadedWorld {
  return load as unknown as LoadedWorld;
}

/** Loaded when they are needed: a world loads what it tests. */
export const worlds: Readonly<Record<string, LoadedWorld>> = {
  relay: one(async () => (await import('./relay-world.ts')).relayWorld()),
  'relay-rejecting': one(async () => (await import('./relay-world.ts')).relayWorld({ rejects: true })),
  'relay-strict': one(async () =>
    (await import('./relay-world.ts')).relayWorld({ poison: true, strictKeys: true, paceMs: 1_500 }),
  ),
  inbox: one(async () => (await import('./inbox-world.ts')).inboxWorld()),
  'inbox-batch': one(async () => (await import('./inbox-world.ts')).inboxWorld({ batch: true })),
  'inbox-few-tries': one(async () => (await import('./inbox-world.ts')).inboxWorld({ fewTries: true })),
  'inbox-careless': one(async () => (await import('./inbox-world.ts')).inboxWorld({ careless: true })),
  'inbox-killer': one(async () => (await import('./inbox-world.ts')).inboxWorld({ killer: true })),
  gate: one(async () => (await import('./gate-world.ts')).gateWorld({ mode: 'in-order' })),
  'gate-no-housekeeper': one(async () =>
    (await import('./gate-world.ts')).gateWorld({ mode: 'in-order', housekeeper: false }),
  ),
  'gate-broken': one(async () => (await import('./gate-world.ts')).gateWorld({ mode: 'in-order', broken: true })),
  'gate-latest': one(async () => (await import('./gate-world.ts')).gateWorld({ mode: 'latest' })),
  effects: one(async () => (await import('./effects-world.ts')).effectsWorld()),
  'effects-vague': one(async () => (await import('./effects-world.ts')).effectsWorld({ vague: true })),
  'effects-call-again': one(async () => (await import('./effects-world.ts')).effectsWorld({ callAgain: true })),
  http: one(async () => (await import('./http-world.ts')).httpWorld()),
  queue: one(async () => (await import('./queue-world.ts')).queueWorld()),
  log: one(async () => (await import('./log-world.ts')).logWorld()),
  saga: one(async () => {
    const [{ leanSagaWorld }, { sagaChecks }] = await Promise.all([
      import('../../saga/lean-saga-world.ts'),
      import('../../saga/saga-checks.ts'),
    ]);
    return { world: leanSagaWorld, check: sagaChecks };
  }),
  'relay-delayed': one(async () => (await import('./relay-world.ts')).relayWorld({ delayed: true })),
};
