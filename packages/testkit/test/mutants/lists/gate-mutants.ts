import type { Mutant } from '../hunt/mutant.ts';

const decision = 'packages/inbox-dedup/src/gate/decide-arrival.ts';
const delivery = 'packages/inbox-dedup/src/gate/gate-delivery.ts';
const release = 'packages/inbox-dedup/src/gate/gate-release.ts';
const turn = 'packages/inbox-dedup/src/gate/take-turn.ts';
const gate = 'packages/inbox-dedup/src/gate/sequence-gate.ts';
const store = 'packages/inbox-dedup/src/sqlite/sqlite-gate-store.ts';

export const gateMutants: readonly Mutant[] = [
  {
    id: 'gate-ignores-order',
    what: 'a message that comes early is applied at once',
    file: decision,
    find: "  if (isNext) return 'apply';",
    replace: "  if (isNext || state.parked < maxParked) return 'apply';",
    world: 'gate',
  },
  {
    id: 'gate-drops-early',
    what: 'a message that comes early is acknowledged without being parked',
    file: delivery,
    find: '        await this.#park(executor, delivery);\n',
    replace: '',
    world: 'gate',
  },
  {
    id: 'gate-releases-only-one',
    what: 'after a message only the next parked one is applied, and a message that fails is tried by nobody again',
    file: release,
    find: 'turn < MAX_TURNS',
    replace: 'turn < Math.min(1, MAX_TURNS)',
    world: 'gate-no-housekeeper',
  },
  {
    id: 'gate-moves-on-after-failure',
    what: 'the number of a key moves on although the work of its message failed',
    file: turn,
    find: '  const outcome = await parts.applier.apply(tx, received, turn.work);\n  await parts.gate.advance(executor, sequence, number);',
    replace:
      '  await parts.gate.advance(executor, sequence, number);\n  const outcome = await parts.applier.apply(tx, received, turn.work).catch(() => "applied" as const);',
    world: 'gate',
  },
  {
    id: 'gate-number-not-advanced',
    what: 'the number of a key moves only when something is parked behind it',
    file: turn,
    find: '  await parts.gate.advance(executor, sequence, number);',
    replace: '  if (turn.hasOthers) await parts.gate.advance(executor, sequence, number);',
    world: 'gate',
  },
  {
    id: 'gate-stale-is-applied',
    what: '"latest": an older state that comes late is applied',
    file: decision,
    find: "  if (number <= state.applied) return 'behind';\n  if (mode === 'latest') return 'apply';",
    replace: "  if (mode === 'latest') return 'apply';\n  if (number <= state.applied) return 'behind';",
    world: 'gate-latest',
  },
  {
    id: 'gate-failed-is-released',
    what: 'a message that failed for good is skipped, and its key goes on without it',
    file: delivery,
    find: '    await gate.park(executor, { sequence, number, envelope, digest, ...failure });',
    replace: '    await gate.advance(executor, sequence, failure.tries > 0 ? number : 0n);',
    world: 'gate-broken',
  },
  {
    id: 'gate-forgets-failed-release',
    what: 'a parked message that fails when its turn comes is removed',
    file: release,
    find: '    const tries = head.tries + (countsAsFailure(error, signal) ? 1 : 0);',
    replace: `    await this.#parts.repeated.run(
      (tx) => this.#parts.gate.advance(this.#parts.transactions.executor(tx), sequence, number),
      new AbortController().signal,
    );
    const tries = head.tries + (countsAsFailure(error, signal) ? 1 : 0);`,
    world: 'gate',
  },
  {
    id: 'gate-crash-leaves-parked',
    what: 'parked messages whose turn has come are only applied by whoever applied the one before',
    file: gate,
    find: '      released += await this.#releases.run({ sequence, head, isHeadNew: false, signal });',
    replace:
      '      released += head === null ? await this.#releases.run({ sequence, head, isHeadNew: false, signal }) : 0;',
    world: 'gate',
  },
  {
    id: 'gate-counts-parked-wrong',
    what: 'the number of parked messages of a key is not brought down when they are applied',
    file: store,
    find: 'parked = parked - ?6 where',
    replace: 'parked = parked - min(0, ?6) where',
    world: 'gate',
  },
  {
    id: 'gate-parks-without-counting',
    what: 'a parked message is not counted, so nobody looks for it',
    file: store,
    find: 'set parked = parked + 1 where',
    replace: 'set parked = parked where',
    world: 'gate',
  },
];
