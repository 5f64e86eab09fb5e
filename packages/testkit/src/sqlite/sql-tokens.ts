/** A word, a name in quotes, or a sign of a SQL text. */
export interface SqlToken {
  /** In small letters, without quotes. */
  readonly text: string;
  readonly kind: 'word' | 'quoted' | 'sign';
  /** In how many parentheses it is. */
  readonly depth: number;
}

const pattern =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"((?:[^"]|"")*)"?|`((?:[^`]|``)*)`?|\[([^\]]*)\]?|([\p{L}_][\p{L}\p{N}_$]*)|([().,;])/gu;

/** What names and words a text has; comments, values and other signs are left out. */
export function sqlTokens(text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  let depth = 0;
  for (const [, double, back, square, word, sign] of text.matchAll(pattern)) {
    if (sign === ')') depth -= 1;
    const name = double?.replaceAll('""', '"') ?? back?.replaceAll('``', '`') ?? square;
    if (name !== undefined) tokens.push({ text: name.toLowerCase(), kind: 'quoted', depth });
    else if (word !== undefined) tokens.push({ text: word.toLowerCase(), kind: 'word', depth });
    else if (sign !== undefined) tokens.push({ text: sign, kind: 'sign', depth });
    if (sign === '(') depth += 1;
  }
  return tokens;
}
