/** What the text of a CSV record is. `open`: a quoted field goes on after the end of the text. */
export interface CsvRecord {
  readonly state: 'complete' | 'open' | 'malformed';
  /** Without surrounding spaces; of a record that is not complete, those before the problem. */
  readonly fields: readonly string[];
}

/**
 * The fields of one CSV record (RFC 4180). Strict about quotes: a quote inside an unquoted field, or text after a closing
 * one, is malformed. See the README for why this is not a library's part.
 */
export function parseCsvRecord(text: string): CsvRecord {
  if (!text.includes('"')) return { state: 'complete', fields: text.split(',').map((field) => field.trim()) };
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = text.startsWith('"', skipSpaces(text, at))
      ? quotedField(text, skipSpaces(text, at))
      : bareField(text, at);
    if (field.state !== 'complete') return { state: field.state, fields };
    fields.push(field.value);
    if (field.end >= text.length) return { state: 'complete', fields };
    at = field.end + 1;
  }
}

interface CsvField {
  readonly state: CsvRecord['state'];
  readonly value: string;
  /** Where the comma after it is, or the end of the text. */
  readonly end: number;
}

const MALFORMED: CsvField = { state: 'malformed', value: '', end: 0 };

function bareField(text: string, start: number): CsvField {
  const comma = text.indexOf(',', start);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(start, end);
  return value.includes('"') ? MALFORMED : { state: 'complete', value: value.trim(), end };
}

function quotedField(text: string, opening: number): CsvField {
  let closing = text.indexOf('"', opening + 1);
  while (closing >= 0 && text[closing + 1] === '"') closing = text.indexOf('"', closing + 2);
  if (closing < 0) return { state: 'open', value: '', end: 0 };
  const end = skipSpaces(text, closing + 1);
  if (end < text.length && text[end] !== ',') return MALFORMED;
  return {
    state: 'complete',
    value: text
      .slice(opening + 1, closing)
      .replaceAll('""', '"')
      .trim(),
    end,
  };
}

function skipSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  return at;
}
