import { EffectJournal, EffectRefusedError, SqliteEffectStore } from '@holdfast/inbox-dedup/effects';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { formatMinorUnits } from '../orders-input/minor-units.ts';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { ProviderCharge, ProviderClient, ProviderRefund } from './provider-client.ts';

/** What payment asks of the provider. */
export type PaymentProvider = Pick<ProviderClient, 'charge' | 'find' | 'refund' | 'findRefund'>;

/** The provider will not do it, for the reason given. */
export interface Refused {
  readonly refused: string;
}

export interface ChargeOfOrder {
  readonly orderId: string;
  readonly customerId: string;
  /** In minor units. */
  readonly amount: number;
}

export interface RefundOfOrder {
  readonly orderId: string;
  readonly chargeId: string;
  /** In minor units. */
  readonly amount: number;
  /** How often the provider has refused it. Each try after a refusal is another request to it. */
  readonly refusals: number;
}

/** The provider answers within 300 ms, or its answer is lost. */
const DEADLINE_MS = 700;

/** Charges and refunds, once per order, through a journal each: what the provider has done is known when nobody heard its answer. */
export class ProviderEffects {
  readonly charges: EffectJournal;
  readonly refunds: EffectJournal;
  readonly #provider: PaymentProvider;

  constructor(provider: PaymentProvider, effects: SqliteHandle) {
    this.#provider = provider;
    const database = new BetterSqlite3Database(effects);
    const [charges, refunds] = ['charge', 'refund'].map(
      (name) =>
        new EffectJournal({
          name,
          store: new SqliteEffectStore(),
          database,
          deadlineMs: DEADLINE_MS,
          verifyDeadlineMs: DEADLINE_MS,
          // The provider has no proxies and queues in which a request could outlast this.
          settleMs: 300,
          leaseMarginMs: 1_000,
          maxVerifications: 30,
          verifyBackoffMs: { min: 50, max: 500 },
        }),
    ) as [EffectJournal, EffectJournal];
    this.charges = charges;
    this.refunds = refunds;
  }

  charge({ orderId, customerId, amount }: ChargeOfOrder, signal: AbortSignal): Promise<ProviderCharge | Refused> {
    const provider = this.#provider;
    return orRefused(
      this.charges.perform<ProviderCharge>(chargeKey(orderId), {
        call: ({ idempotencyKey, signal }) => provider.charge({ idempotencyKey, orderId, customerId, amount, signal }),
        verify: ({ idempotencyKey, signal }) => provider.find({ idempotencyKey, orderId, amount, signal }),
        about: `${formatMinorUnits(amount)} for an order`,
        signal,
      }),
    );
  }

  refund(
    { orderId, chargeId, amount, refusals }: RefundOfOrder,
    signal: AbortSignal,
  ): Promise<ProviderRefund | Refused> {
    const provider = this.#provider;
    return orRefused(
      this.refunds.perform<ProviderRefund>(`${orderId}/refund/${refusals + 1}`, {
        call: ({ idempotencyKey, signal }) => provider.refund({ idempotencyKey, chargeId, amount, signal }),
        verify: ({ idempotencyKey, signal }) => provider.findRefund({ idempotencyKey, chargeId, amount, signal }),
        about: `${formatMinorUnits(amount)} back for an order`,
        signal,
      }),
    );
  }

  /** Whether a charge of the order was made or may still be found to have been made. */
  async mayBeCharged(orderId: string): Promise<boolean> {
    const state = (await this.charges.find(chargeKey(orderId)))?.state ?? 'free';
    return state !== 'free' && state !== 'refused';
  }

  /** Resolves when no call runs any more. */
  async settled(): Promise<void> {
    await Promise.all([this.charges.settled(), this.refunds.settled()]);
  }
}

function chargeKey(orderId: string): string {
  return `${orderId}/charge`;
}

async function orRefused<Result>(performed: Promise<Result>): Promise<Result | Refused> {
  try {
    return await performed;
  } catch (error) {
    if (!(error instanceof EffectRefusedError)) throw error;
    // What the journal keeps of the provider's answer.
    const [, code] = /and "([\w-]+)"/.exec(error.reason) ?? [];
    return { refused: code ?? 'refused by the payment provider' };
  }
}
