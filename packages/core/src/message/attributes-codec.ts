import { MalformedMessageError } from '../errors/malformed-message-error.ts';

/** Above what the default limits allow, with room for escapes; bounds the work on a hostile row. */
const MAX_CHARACTERS = 1_048_576;
const ATTRIBUTE_NAME = /^[a-z0-9]{1,64}$/;

/** What nearly every message has; a look into a set costs a fraction of the expression. */
const USUAL_NAMES: ReadonlySet<string> = new Set([
  'time',
  'datacontenttype',
  'dataschema',
  'subject',
  'correlationid',
  'causationid',
  'traceparent',
]);

/** Attributes as one compact text, for a column of a store. */
export function encodeAttributes(attributes: Readonly<Record<string, string>>): string {
  return JSON.stringify(attributes);
}

/** The reverse of {@link encodeAttributes}. The result has no prototype. @throws MalformedMessageError */
export function decodeAttributes(text: string): Readonly<Record<string, string>> {
  if (text.length > MAX_CHARACTERS) throw new MalformedMessageError('the attributes are too long');
  const parsed = parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new MalformedMessageError('the attributes are not a JSON object');
  }
  const attributes: Record<string, string> = Object.create(null);
  for (const name of Object.keys(parsed)) {
    const value: unknown = (parsed as Record<string, unknown>)[name];
    if (!USUAL_NAMES.has(name) && !ATTRIBUTE_NAME.test(name)) {
      throw new MalformedMessageError('an attribute has a name that is not allowed');
    }
    if (typeof value !== 'string') throw new MalformedMessageError('an attribute is not a string');
    attributes[name] = value;
  }
  return attributes;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's error quotes the text, so it is not kept.
    throw new MalformedMessageError('the attributes are not JSON');
  }
}
