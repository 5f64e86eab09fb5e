const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELIMITER = /[\s,:{}[\]"]/g;

interface Container {
  readonly close: string;
  /** Values, or members with their keys. */
  readonly parts: { readonly key: string; readonly text: string }[];
  /** The key that waits for its value. */
  key: string | undefined;
}

/**
 * One text for all JSON texts that differ in nothing but the order of keys, whitespace, and how strings are escaped. Numbers keep
 * their digits (`1.0` is not `1`), and keys that come twice stay twice, in order: what a reader makes of those is its own affair.
 * `null` for what is not JSON, or nests deeper than `maxDepth`. Neither recursion nor objects: no depth and no key is dangerous.
 */
export function canonicalJson(text: string, maxDepth: number): string | null {
  const canonical = new Canonicalizer(text, maxDepth).run();
  return canonical !== null && isJson(text) ? canonical : null;
}

/** The grammar is the parser's part; only afterwards, because depth is bounded by then. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Reads tokens without judging their order. */
class Canonicalizer {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #open: Container[] = [];
  #result = '';

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  run(): string | null {
    for (let at = 0; at < this.#text.length; ) {
      const next = this.#read(at);
      if (next === null) return null;
      at = next;
    }
    return this.#open.length === 0 ? this.#result : null;
  }

  /** Where the next token begins; `null` when it cannot be JSON, or is too deep. */
  #read(at: number): number | null {
    const character = this.#text.charAt(at);
    switch (character) {
      case ' ':
      case '\t':
      case '\n':
      case '\r':
      case ',':
      case ':':
        return at + 1;
      case '{':
        return this.#begin('}') ? at + 1 : null;
      case '[':
        return this.#begin(']') ? at + 1 : null;
      case '}':
      case ']':
        return this.#close(character) ? at + 1 : null;
      case '"':
        return this.#readString(at);
      default:
        return this.#readWord(at);
    }
  }

  #readString(start: number): number | null {
    const end = this.#endOfString(start);
    const text = canonicalString(this.#text.slice(start, end));
    if (text === null) return null;
    this.#add(text, true);
    return end;
  }

  /** A number, `true`, `false` or `null`. */
  #readWord(start: number): number {
    DELIMITER.lastIndex = start;
    const end = DELIMITER.exec(this.#text)?.index ?? this.#text.length;
    this.#add(this.#text.slice(start, end), false);
    // A space that JSON does not know is a word of no length.
    return Math.max(end, start + 1);
  }

  #begin(close: string): boolean {
    if (this.#open.length === this.#maxDepth) return false;
    this.#open.push({ close, parts: [], key: undefined });
    return true;
  }

  #add(text: string, isString: boolean): void {
    const container = this.#open.at(-1);
    if (container === undefined) {
      this.#result = text;
    } else if (container.close === '}' && container.key === undefined && isString) {
      container.key = text;
    } else {
      container.parts.push({ key: container.key ?? '', text });
      container.key = undefined;
    }
  }

  #close(close: string): boolean {
    const container = this.#open.pop();
    if (container?.close !== close) return false;
    const { parts } = container;
    if (close === ']') {
      this.#add(`[${parts.map(({ text }) => text).join(',')}]`, false);
    } else {
      // The sort is stable, so keys that come twice stay in their order.
      parts.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
      this.#add(`{${parts.map(({ key, text }) => `${key}:${text}`).join(',')}}`, false);
    }
    return true;
  }

  #endOfString(start: number): number {
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) return at + 1;
      if (code === BACKSLASH) at += 1;
    }
    return this.#text.length;
  }
}

function canonicalString(token: string): string | null {
  if (!token.includes('\\')) return token;
  try {
    return JSON.stringify(JSON.parse(token));
  } catch {
    return null;
  }
}
