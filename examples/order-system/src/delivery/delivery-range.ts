/** Why a customer gets no delivery, or `null`: one whose id ends with `-remote` lives where nobody drives to. */
export function undeliverable(customerId: string): string | null {
  return customerId.endsWith('-remote') ? 'out of delivery range' : null;
}
