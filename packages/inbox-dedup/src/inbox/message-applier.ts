import type { Received } from './received.ts';
import type { Work } from './work.ts';

/**
 * The one place where a message takes effect: in an open transaction it is recorded, and its work runs when it is new.
 * The gate and the inbox both go through it. It neither begins nor commits.
 */
export interface MessageApplier<Tx> {
  /**
   * @throws IdReusedError when the id is recorded with another digest, and whatever the work throws; the transaction
   *   must be rolled back then
   */
  apply(tx: Tx, received: Received, work: Work<Tx>): Promise<'applied' | 'duplicate'>;
}
