import type { DataChange } from './data-change.ts';

/** In characters. Nearly all histories are far below. */
const MAX_LENGTH = 16_384;
const MAX_TEXT_LENGTH = 500;
const MAX_KEY_LENGTH = 200;
const MAX_SENT = 1_000;

/**
 * Changes as the history keeps them, as JSON of about 16 thousand characters at most however much has changed. Where something is cut,
 * `[cut: …]` says how much.
 */
export function recordedChanges(changes: readonly DataChange[]): string {
  const json = JSON.stringify(changes);
  return json.length <= MAX_LENGTH ? json : JSON.stringify(new Excerpt(MAX_LENGTH).of(changes));
}

/** What a transition has sent, as the history keeps it: by types and ids, the first thousand, and then how many more. */
export function recordedSent(sent: readonly { readonly type: string; readonly id?: string }[]): string {
  const kept = sent.slice(0, MAX_SENT).map(({ type, id }) => ({ type, id }));
  const rest = sent.length - kept.length;
  return JSON.stringify(rest === 0 ? kept : [...kept, { type: `[cut: ${rest} more]`, id: '' }]);
}

/** Takes of a value what it has room for. */
class Excerpt {
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  of(changes: readonly DataChange[]): readonly DataChange[] {
    const taken: DataChange[] = [];
    for (const { path, ...values } of changes) {
      if (this.#room <= 0) return [...taken, { path: `[cut: ${changes.length - taken.length} more changes]` }];
      taken.push({ path: this.#text(path), ...this.#object(values) });
    }
    return taken;
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return this.#list(value);
    if (typeof value === 'object' && value !== null) return this.#object(value);
    this.#room -= String(value).length + 1;
    return value;
  }

  #text(text: string, maxLength = MAX_TEXT_LENGTH): string {
    // Quotes and escapes count too: a text of control characters is six times as long as JSON.
    const kept = text.slice(0, maxLength).toWellFormed();
    this.#room -= JSON.stringify(kept).length + 1;
    return kept.length === text.length ? kept : `${kept}… [cut: ${text.length - maxLength} more characters]`;
  }

  #list(values: readonly unknown[]): unknown[] {
    this.#room -= 2;
    const taken: unknown[] = [];
    for (const value of values) {
      if (this.#room <= 0) return [...taken, `[cut: ${values.length - taken.length} more]`];
      taken.push(this.#value(value));
    }
    return taken;
  }

  #object(value: object): Record<string, unknown> {
    this.#room -= 2;
    const entries = Object.entries(value);
    const taken: (readonly [string, unknown])[] = [];
    for (const [key, inner] of entries) {
      if (this.#room <= 0) {
        taken.push([`[cut: ${entries.length - taken.length} more]`, null]);
        break;
      }
      taken.push([this.#text(key, MAX_KEY_LENGTH), this.#value(inner)]);
    }
    return Object.fromEntries(taken);
  }
}
