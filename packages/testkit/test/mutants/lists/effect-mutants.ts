import type { Mutant } from '../hunt/mutant.ts';

const performance = 'packages/inbox-dedup/src/effects/effect-performance.ts';
const caller = 'packages/inbox-dedup/src/effects/effect-caller.ts';
const verifier = 'packages/inbox-dedup/src/effects/effect-verifier.ts';
const resolver = 'packages/inbox-dedup/src/effects/due-resolver.ts';
const failure = 'packages/inbox-dedup/src/effects/call-failure.ts';
const store = 'packages/inbox-dedup/src/effects/sqlite/sqlite-intent-store.ts';
const statements = 'packages/inbox-dedup/src/effects/sqlite/claim-statements.ts';

export const effectMutants: readonly Mutant[] = [
  {
    id: 'effect-intent-after-call',
    what: 'the intent to call is written after the call',
    file: performance,
    find: '      const room = new LeaseRoom(clock, leaseMs);',
    replace: `      if (effect.verify !== 'call-again' && (await store.review.find(executor, { journal, key })) === null) {
        const { signal } = new AbortController();
        const result = await effect.call({ key, idempotencyKey, attempt: 1, signal });
        const made = await store.intents.claim(executor, { journal, key, idempotencyKey, about, leaseMs, settleMs });
        if ('hold' in made) await this.#parts.keeper.keep(made, result, null);
        return result;
      }
      const room = new LeaseRoom(clock, leaseMs);`,
    world: 'effects',
  },
  {
    id: 'effect-new-key-per-attempt',
    what: 'each attempt has an idempotency key of its own',
    file: caller,
    find: '    const { idempotencyKey, attempts: attempt } = plan.held.record;',
    replace:
      '    const { attempts: attempt } = plan.held.record;\n    const idempotencyKey = `${plan.held.record.idempotencyKey}-${attempt}`;',
    world: 'effects-call-again',
  },
  {
    id: 'effect-unknown-is-failed',
    what: 'an error of a call that nobody has judged counts as "it did not happen"',
    file: failure,
    find: "    // An error object with a throwing getter tells nothing.\n  }\n  return 'unknown';",
    replace: "    // An error object with a throwing getter tells nothing.\n  }\n  return 'not-performed';",
    world: 'effects',
  },
  {
    id: 'effect-timeout-is-failed',
    what: 'a call without an answer in time counts as "it did not happen"',
    file: caller,
    find: "        return this.#answerLost(plan, { reason, error: undefined, isStopped: false });\n      }\n      case 'stopped'",
    replace:
      "        await this.#release(plan.held, { state: 'free', error: reason });\n        throw this.#unknown(reason, { retryAfterMs: 0, cause: undefined });\n      }\n      case 'stopped'",
    world: 'effects',
  },
  {
    id: 'effect-abandoned-is-called-again',
    what: 'an effect whose caller went away is called again without finding out',
    file: performance,
    find: "      case 'verify':\n        return this.#findOut(claim, room);",
    replace: "      case 'verify':\n        return this.#callAgain({ held: claim, room, isUnknown: false });",
    world: 'effects',
  },
  {
    id: 'effect-believes-not-found-at-once',
    what: '"it did not happen" is believed while the request may still be on its way',
    file: verifier,
    find: '    if (settlesInMs > 0) {',
    replace: '    if (settlesInMs > 1_000_000) {',
    world: 'effects',
  },
  {
    id: 'effect-claim-ignores-lease',
    what: 'an effect that somebody is calling can be claimed and called',
    file: statements,
    find: "where known.state = 'free' or known.state in ('calling', 'unknown') and known.due_at <= ${SQLITE_NOW}\nreturning",
    replace: "where known.state in ('free', 'calling', 'unknown')\nreturning",
    also: {
      find: "  state = case known.state when 'free' then 'calling' else 'unknown' end,\n  token",
      replace: "  state = 'calling',\n  token",
    },
    world: 'effects',
  },
  {
    id: 'effect-lease-never-ends',
    what: 'an effect whose caller died is held for ever',
    file: statements,
    find: "const due = `state in ('calling', 'unknown') and due_at",
    replace: "const due = `state = 'unknown' and due_at",
    world: 'effects',
  },
  {
    id: 'effect-call-under-dead-lease',
    what: 'a process that stood still since its claim calls all the same',
    file: caller,
    find: "    if (!(await this.#hasRoom(plan))) return 'lost';",
    replace: "    if (!(plan.room.leaseMs > 0 || (await this.#hasRoom(plan)))) return 'lost';",
    world: 'effects',
  },
  {
    id: 'effect-result-not-kept',
    what: 'what a call returned is not kept: the next one calls again',
    file: store,
    find: "  state = 'done',",
    replace: "  state = 'free',",
    world: 'effects',
  },
  {
    id: 'effect-cannot-tell-is-not-happened',
    what: '"cannot tell" of a verification counts as "it did not happen"',
    file: verifier,
    find: 'return this.#undecided(effect, { reason: `cannot tell: ${verdict.reason}`, counts: true });',
    replace: 'return this.#notHappened(effect);',
    world: 'effects-vague',
  },
  {
    id: 'effect-verify-error-is-not-happened',
    what: 'an error of a verification counts as "it did not happen"',
    file: verifier,
    find: "    if (end.type === 'rejected') return this.#rejected(effect, end.error);",
    replace: "    if (end.type === 'rejected') return this.#notHappened(effect);",
    world: 'effects',
  },
  {
    id: 'effect-resolver-frees-undecided',
    what: 'the resolver frees an effect that could not be decided',
    file: resolver,
    find: "      case 'open':\n        pass.counts.open += 1;",
    replace:
      "      case 'open':\n        pass.counts.open += 1;\n        await this.#parts.settings.store.review.settle(this.#parts.settings.executor, held.hold, { state: 'free', result: null, verdict: '' });",
    world: 'effects',
  },
];
