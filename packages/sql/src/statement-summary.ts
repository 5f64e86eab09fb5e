// Text in quotes, also unfinished, and text between dollar signs.
const literals = /'(?:[^']|'')*(?:'|$)|\$([a-zA-Z_]*)\$[\s\S]*?(?:\$\1\$|$)/g;

/** The beginning of a statement for an error message, without its literals: those may be somebody's data. */
export function statementSummary(text: string): string {
  const line = text.slice(0, 1_000).replace(literals, "'…'").replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
