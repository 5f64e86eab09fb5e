/** The attributes of a stored message; `null` when somebody has written what is none. Takes whatever names were published. */
export function storedAttributes(text: string): Record<string, string> | null {
  const parsed = parsedObject(text);
  if (parsed === null) return null;
  const attributes: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== 'string') return null;
    attributes[name] = value;
  }
  return attributes;
}

function parsedObject(text: string): object | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
