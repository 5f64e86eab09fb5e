import { setTimeout as pause } from 'node:timers/promises';
import { ProviderDesk } from '../../src/provider/provider-desk.ts';
import { ProviderLedger } from '../../src/provider/provider-ledger.ts';
import type { ChargeMood, LookupMood } from '../../src/provider/provider-moods.ts';
import { ProviderServer } from '../../src/provider/provider-server.ts';

/** A provider in this process, whose moods a test chooses one after the other; afterwards it is well. */
export class TestProvider implements AsyncDisposable {
  readonly ledger: ProviderLedger;
  readonly url: string;
  readonly #desk: ProviderDesk;
  readonly #server: ProviderServer;

  private constructor(
    ledger: ProviderLedger,
    { desk, server, port }: { readonly desk: ProviderDesk; readonly server: ProviderServer; readonly port: number },
  ) {
    this.ledger = ledger;
    this.#desk = desk;
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async listen(
    file: string,
    {
      charges = [],
      refunds = [],
      lookups = [],
    }: { charges?: ChargeMood[]; refunds?: ChargeMood[]; lookups?: LookupMood[] } = {},
  ): Promise<TestProvider> {
    const ledger = ProviderLedger.open(file);
    const moods = {
      ofCharge: () => ({ kind: charges.shift() ?? 'well', latencyMs: 0 }) as const,
      ofRefund: () => ({ kind: refunds.shift() ?? 'well', latencyMs: 0 }) as const,
      ofLookup: () => ({ kind: lookups.shift() ?? 'well', latencyMs: 0 }) as const,
    };
    const desk = new ProviderDesk({ ledger, moods, pause });
    const server = new ProviderServer(desk);
    return new TestProvider(ledger, { desk, server, port: await server.listen(0) });
  }

  withholdAnswers(onWithheld: () => void): void {
    this.#desk.withholdAnswers(onWithheld);
  }

  acceptRefunds(): void {
    this.#desk.acceptRefunds();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    this.ledger.close();
  }
}

export function wellBehavedProvider(file: string): Promise<TestProvider> {
  return TestProvider.listen(file);
}
