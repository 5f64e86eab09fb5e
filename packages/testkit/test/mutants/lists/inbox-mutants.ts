import type { Mutant } from '../hunt/mutant.ts';

const applier = 'packages/inbox-dedup/src/inbox/record-applier.ts';
const runner = 'packages/inbox-dedup/src/inbox/message-runner.ts';
const repeated = 'packages/sql/src/repeated-transaction.ts';
const tracker = 'packages/inbox-dedup/src/inbox/attempt-tracker.ts';
const batches = 'packages/inbox-dedup/src/inbox/batch/batch-runner.ts';
const records = 'packages/inbox-dedup/src/sqlite/sqlite-record-store.ts';
const attempts = 'packages/inbox-dedup/src/sqlite/sqlite-attempt-store.ts';
const answers = 'packages/inbox-dedup/src/store/record-answers.ts';
const handler = 'packages/testkit/test/mutants/worlds/team-handler.ts';
const consumer = 'packages/testkit/test/mutants/worlds/team-consumer.ts';

export const inboxMutants: readonly Mutant[] = [
  {
    id: 'inbox-record-outside-transaction',
    what: 'a message is recorded in a transaction of its own, before that of its effect',
    file: runner,
    find: '    const { result, maybeBefore } = await this.#options.transactions.run(\n      (tx) => (isCounted',
    replace: `    const { records, executor, applier } = this.#options;
    const [known] = await records.record(executor, [applier.entryOf(received)]);
    if (known !== 'new') return 'duplicate';
    const { result, maybeBefore } = await this.#options.transactions.run(
      async (tx) => (await records.forget(executor.executor(tx), applier.identityOf(received)), isCounted`,
    world: 'inbox',
  },
  {
    id: 'inbox-check-without-insert',
    what: 'a message is looked up before its work, but only recorded by nobody',
    file: applier,
    find: 'const recording = records.record(executor, entries);',
    replace: 'const recording = records.look(executor, entries);',
    world: 'inbox',
  },
  {
    id: 'inbox-id-reuse-is-duplicate',
    what: 'another message under a known id is dropped as a duplicate',
    file: answers,
    find: "'conflict'",
    replace: "'duplicate'",
    world: 'inbox',
  },
  {
    id: 'inbox-duplicate-runs-again',
    what: 'a message that is recorded already is worked off again',
    file: applier,
    find: "if (recorded !== 'new') return 'duplicate';",
    replace: '',
    world: 'inbox',
  },
  {
    id: 'inbox-commit-unknown-is-success',
    what: 'a commit whose answer was lost counts as committed',
    file: repeated,
    find: 'if (attempt >= this.#attempts || !(isUnknown || isRetryableTransactionError(error))) throw error;',
    replace:
      'if (isUnknown) return { result: "applied" as never, maybeBefore: true };\n        if (attempt >= this.#attempts || !isRetryableTransactionError(error)) throw error;',
    world: 'inbox',
  },
  {
    id: 'handler-sends-after-commit',
    what: 'a handler sends its messages in a second transaction, after that of its effect',
    file: handler,
    find: '  await parts.inbox.handle(envelope, parts.work, { attempt });',
    replace: `  const { work, messages } = keptAside(parts.work);
  await parts.inbox.handle(envelope, work, { attempt });
  if (messages.length > 0) await parts.transactions.transaction((tx) => parts.outbox.send(tx, messages));`,
    world: 'inbox',
  },
  {
    id: 'handler-two-transactions',
    what: 'a handler has its effect in one transaction and records the message in a second one',
    file: handler,
    find: '  await parts.inbox.handle(envelope, parts.work, { attempt });',
    replace: `  const message = (await import('@holdfast/core')).decodeEnvelope(envelope);
  const signal = new AbortController().signal;
  const sent = keptAside(parts.work);
  await parts.transactions.transaction(async (tx) => {
    await sent.work(message, { tx, signal, attempt, send: async () => {} });
    await parts.outbox.send(tx, sent.messages);
  });
  await parts.inbox.handle(envelope, () => {}, { attempt });`,
    world: 'inbox',
  },
  {
    id: 'inbox-does-not-wait-for-sends',
    what: 'a work that does not wait for its send commits without the message',
    file: applier,
    find: '    await this.#work(tx, { received, work, outgoing });\n    await outgoing.settled();',
    replace: '    await this.#work(tx, { received, work, outgoing });',
    world: 'inbox-careless',
  },
  {
    id: 'inbox-attempt-not-counted',
    what: 'starts of a message are not counted: one that ends its process does so for ever',
    file: tracker,
    find: 'if (isCounted) await this.#start(delivery, place);',
    replace: '',
    world: 'inbox-killer',
  },
  {
    id: 'inbox-quarantine-at-first-failure',
    what: 'a message is set aside when it was started once and did not end',
    file: attempts,
    find: 'case when ?6 >= ?5 then ?6 else ?6 + 1 end, ${SQLITE_NOW}, ${SQLITE_NOW}, case when ?6 >= ?5 then ${SQLITE_NOW} end',
    replace:
      'case when ?6 >= ?5 then ?6 else ?6 + 1 end, ${SQLITE_NOW}, ${SQLITE_NOW}, case when ?6 >= 1 then ${SQLITE_NOW} end',
    world: 'inbox',
  },
  {
    id: 'inbox-outage-counts-as-unfinished',
    what: 'a start that failed because the database was away is never taken back',
    file: tracker,
    find: '    if (!started && !counts) return;',
    replace: '    if (!counts) return;',
    world: 'inbox-few-tries',
  },
  {
    id: 'inbox-neighbours-are-quarantined',
    what: 'the last try of a message does not run alone: what runs beside a killer is set aside with it',
    file: tracker,
    find: '      await this.#becomeAlone(delivery, place);\n',
    replace: '',
    world: 'inbox-killer',
  },
  {
    id: 'batch-failure-is-success',
    what: 'when a batch fails as a whole, its messages count as applied',
    file: batches,
    find: "      report.emit({ type: 'batch-split', messages: batch.length, error: summarizeError(error) });\n      return this.#oneByOne(batch, { ...call, work });",
    replace:
      "      report.emit({ type: 'batch-split', messages: batch.length, error: summarizeError(error) });\n      return batch.map(() => APPLIED);",
    world: 'inbox-batch',
  },
  {
    id: 'batch-split-loses-the-failed-one',
    what: 'when a batch is handled one by one, the message that fails counts as done',
    file: batches,
    find: '      return { outcome: await this.#options.runner.run(received, work) };\n    } catch (error) {\n      return failed(error);',
    replace:
      '      return { outcome: await this.#options.runner.run(received, work) };\n    } catch {\n      return APPLIED;',
    world: 'inbox-batch',
  },
  {
    id: 'batch-outage-is-success',
    what: 'a batch that met an outage counts as applied',
    file: batches,
    find: '      return batch.map(() => failed(error));',
    replace: '      return batch.map(() => (error === undefined ? failed(error) : APPLIED));',
    world: 'inbox-batch',
  },
  {
    id: 'batch-known-ones-run-again',
    what: 'a batch works off messages that were recorded before',
    file: applier,
    find: "const fresh = batch.filter((_, index) => recorded[index] === 'new');",
    replace: "const fresh = batch.filter((_, index) => recorded[index] !== 'conflict');",
    world: 'inbox-batch',
  },
  {
    id: 'record-overwrites',
    what: 'a record is replaced instead of refused when it is there already',
    file: records,
    find: 'on conflict do nothing`',
    replace: 'on conflict do update set digest = excluded.digest`',
    world: 'inbox',
  },
  {
    id: 'consumer-acks-before-commit',
    what: 'a consumer acknowledges a message before it is handled',
    file: consumer,
    find: '    const failures = await this.#options.handle(deliveries);\n    for (const [index, delivery] of deliveries.entries()) await this.#settle(delivery, failures[index] ?? null);',
    replace:
      '    for (const delivery of deliveries) await this.#settle(delivery, null);\n    await this.#options.handle(deliveries);',
    world: 'inbox',
  },
  {
    id: 'consumer-swallows-errors',
    what: 'a consumer acknowledges a message whose handler failed',
    file: consumer,
    find: '      if (failure === null) await delivery.ack();',
    replace: '      if (failure === null || failureClassOf(failure) !== "permanent") await delivery.ack();',
    world: 'inbox',
  },
  {
    id: 'consumer-drops-poison',
    what: 'a consumer acknowledges what can never be applied instead of dead-lettering it',
    file: consumer,
    find: 'await delivery.deadLetter(summarizeError(failure));',
    replace: 'await delivery.ack();',
    world: 'inbox',
  },
  {
    id: 'consumer-dead-letters-outages',
    what: 'a consumer dead-letters a message at its first failure, whatever failed',
    file: consumer,
    find: "else if (failureClassOf(failure) === 'permanent') await",
    replace: "else if (failureClassOf(failure) !== 'overloaded') await",
    world: 'inbox',
  },
  {
    id: 'runner-known-look-is-skipped-commit',
    what: 'a message that comes again is taken for applied without a look',
    file: runner,
    find: 'if (attempts.counts(received) && (await this.#isAppliedBefore(received))) return',
    replace: 'if (attempts.counts(received)) return',
    world: 'inbox',
  },
];
