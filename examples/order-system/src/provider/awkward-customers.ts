/** Customers whose card is declined, whatever it is to pay: their ids end with `-declined`. */
export function isDeclined(customerId: string): boolean {
  return customerId.endsWith('-declined');
}

/** Customers to whom the provider refuses to give anything back until it is told to: their ids end with `-unrefundable`. */
export function isUnrefundable(customerId: string): boolean {
  return customerId.endsWith('-unrefundable');
}
