import type { Mutant } from '../hunt/mutant.ts';

const store = 'packages/inbox-dedup/src/http/sqlite/sqlite-idempotency-store.ts';
const run = 'packages/inbox-dedup/src/http/key-run.ts';
const idempotency = 'packages/inbox-dedup/src/http/http-idempotency.ts';

export const httpMutants: readonly Mutant[] = [
  {
    id: 'http-key-not-claimed',
    what: 'a key is only written with its answer: two requests at once both do their work',
    file: store,
    find: '      const claimed = await executor.execute(this.#claimStatement(claim));',
    replace: '      const claimed = { rows: [this.#claimStatement(claim)] };',
    also: {
      find: '      text: `update ${this.#table} set status = ?4, headers = ?5, body = ?6 where ${held}`,\n      values: [...valuesOf(holder), BigInt(status), encodedHeaders(headers), body],',
      replace: `      text: \`insert into \${this.#table} (scope, key, token, status, headers, body, fingerprint, claimed_at, lease_until, expires_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, \${SQLITE_NOW}, \${SQLITE_NOW}, \${SQLITE_NOW} + 86400000)
on conflict (scope, key) do update set status = excluded.status, headers = excluded.headers, body = excluded.body\`,
      values: [...valuesOf(holder), BigInt(status), encodedHeaders(headers), body, (holder as KeyClaim).fingerprint],`,
    },
    world: 'http',
  },
  {
    id: 'http-answer-after-commit',
    what: 'the answer is kept after the commit of the work, in a transaction of its own',
    file: run,
    find: '    await store.complete(transactions.executor(tx), claim, answer.stored);\n    return answer.response;',
    replace:
      '    return Object.assign(answer.response, { later: () => store.complete(transactions, claim, answer.stored) });',
    also: {
      find: "      return { outcome: 'executed', response };",
      replace:
        "      await (response as Response & { later(): Promise<void> }).later();\n      return { outcome: 'executed', response };",
    },
    world: 'http',
  },
  {
    id: 'http-takeover-without-fencing',
    what: 'whoever finishes first writes the answer, whoever holds the key',
    file: store,
    find: '    if (rowCount === 0) throw new KeyLostError(holder.key);',
    replace: '    if (rowCount < 0) throw new KeyLostError(holder.key);',
    world: 'http',
  },
  {
    id: 'http-lease-never-ends',
    what: 'the key of a process that died is held for ever',
    file: store,
    find: "const end = 'case when known.status is null then known.lease_until else known.expires_at end';",
    replace: "const end = 'known.expires_at';",
    world: 'http',
  },
  {
    id: 'http-failed-commit-is-success',
    what: 'a commit whose answer was lost is answered as done',
    file: run,
    find: '    if (error instanceof CommitUnknownError) return this.#resolved(error);',
    replace:
      "    if (error instanceof CommitUnknownError) return { outcome: 'executed', response: Response.json({ order: 0 }, { status: 201 }) };",
    world: 'http',
  },
  {
    id: 'http-unknown-commit-frees-key',
    what: 'a commit whose answer was lost frees the key, whatever became of it',
    file: store,
    find: '      text: `delete from ${this.#table} where ${held}`,',
    replace: '      text: `delete from ${this.#table} where scope = ?1 and key = ?2 and token = ?3`,',
    world: 'http',
  },
  {
    id: 'http-content-not-compared',
    what: 'another content under a known key gets the answer of the first',
    file: idempotency,
    find: '    if (!isSame(result.fingerprint, fingerprint)) {',
    replace: '    if (!isSame(result.fingerprint, result.fingerprint) && fingerprint.length > 0) {',
    world: 'http',
  },
  {
    id: 'http-failed-work-keeps-key',
    what: 'a work that failed leaves its answer behind as if it were done',
    file: run,
    find: '    await this.#freed();\n    if (failure',
    replace:
      '    await this.#settings.store.complete(this.#settings.transactions, this.#claimed.claim, { status: 201, headers: [], body: new Uint8Array() }).catch(() => {});\n    if (failure',
    world: 'http',
  },
];
