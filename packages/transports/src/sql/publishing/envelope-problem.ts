import type { Envelope } from '@holdfast/core';

/** Why a database cannot keep this message as it is, whatever is configured; `null` when it can. */
export function envelopeProblem({ id, source, type, key, attributes }: Envelope): string | null {
  for (const [name, text] of Object.entries({ id, source, type, key: key ?? '' })) {
    if (typeof text !== 'string') return `The ${name} is not a string.`;
    // PostgreSQL takes no NUL in text, and a lone surrogate has no UTF-8: it would arrive as another text.
    if (text.includes('\0') || !text.isWellFormed()) return `The ${name} has a NUL or a lone surrogate.`;
  }
  for (const name in attributes) {
    if (typeof attributes[name] !== 'string') return 'An attribute is not a string.';
  }
  return null;
}
