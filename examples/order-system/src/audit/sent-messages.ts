const SENDERS: readonly (readonly [schema: string, source: string])[] = [
  ['main', '/orders'],
  ['payment', '/payments'],
  ['inventory', '/inventory'],
  ['delivery', '/delivery'],
  ['product', '/products'],
];

/** All that the services have sent, by their own logs, to select from: `source`, `position` in it, `id`, `type`, `key`. */
export const SENT_MESSAGES = `(${SENDERS.map(
  ([schema, source]) => `select '${source}' as source, position, id, type, key from ${schema}.sent_message`,
).join(' union all ')})`;
