const known = new Map<string, string>();
const MOST_KNOWN = 5_000;

/** What a statement does, as far as its text tells without a parser: `commit`, `insert orders`, `select`. For labels of I/O. */
export function statementLabel(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const label = read(text);
  if (known.size < MOST_KNOWN) known.set(text, label);
  return label;
}

const table = '(?:only\\s+)?(?:"?\\w+"?\\.)?"?(\\w+)"?';
const writes = new RegExp(
  `\\b(insert)\\s+into\\s+${table}|\\b(update)\\s+${table}\\b|\\b(delete)\\s+from\\s+${table}`,
  'i',
);
const reads = new RegExp(`\\bfrom\\s+${table}`, 'i');

function read(text: string): string {
  const verb = /^[\s(]*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'statement';
  if (!['insert', 'update', 'delete', 'select', 'with'].includes(verb)) return verb === 'start' ? 'begin' : verb;
  // "for update skip locked" and "do update set" are no updates of a table.
  const plain = text.replace(/\b(?:for\s+(?:no\s+key\s+)?update|do\s+update)\b/gi, ' ');
  const written = writes.exec(plain);
  if (written !== null) {
    const how = written[1] ?? written[3] ?? written[5] ?? '';
    return `${how.toLowerCase()} ${written[2] ?? written[4] ?? written[6]}`;
  }
  const from = reads.exec(plain)?.[1];
  return from === undefined ? verb : `select ${from}`;
}
