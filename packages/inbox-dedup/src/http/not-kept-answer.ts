/** Thrown inside of a transaction to roll it back, when the work answered with a status that is not kept. Never leaves this package. */
export class NotKeptAnswer extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super('The answer is not kept.');
    this.response = response;
  }
}
