/** The attributes of a stored message; `null` when somebody has written what is none. Takes whatever names were published. */
export function storedAttributes(text: string): Record<string, string> | null {
  const parsed = parsedObject(text);
  if (parsed === null) return null;
  const attributes: Record<string, string> = Object.create(null);
  for (const name of Object.keys(parsed)) {
    const value = parsed[name];
    if (typeof value !== 'string') return null;
    attributes[name] = value;
  }
  return attributes;
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && !Array.isArray(parsed) ? (parsed as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
