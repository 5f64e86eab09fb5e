import { PaymentProcess } from '../payment-process/payment-process.ts';
import type { ProgramEvent } from '../processes/child-program.ts';
import type { ProgramKeepsFailingError } from '../processes/program-keeps-failing-error.ts';
import { ProviderProcess } from '../provider/provider-process.ts';
import type { DataFolder } from './data-folder.ts';

export interface ChargeProgramsOptions {
  readonly folder: DataFolder;
  /** Of the provider's moods. */
  readonly seed: number;
  readonly onEvent: (event: ProgramEvent) => void;
  readonly onFailure: (error: ProgramKeepsFailingError) => void;
}

/** The two processes that charges are made by: the payment service, and the provider, which is somebody else's. */
export class ChargePrograms {
  readonly provider: ProviderProcess;
  readonly payment: PaymentProcess;

  private constructor(provider: ProviderProcess, payment: PaymentProcess) {
    this.provider = provider;
    this.payment = payment;
  }

  /** Resolves when both are ready. */
  static async start({ folder, seed, onEvent, onFailure }: ChargeProgramsOptions): Promise<ChargePrograms> {
    const provider = new ProviderProcess({ file: folder.file('provider'), seed, onEvent, onFailure });
    try {
      const providerUrl = await provider.start();
      const [file, effectsFile] = [folder.file('payment'), folder.file('effects')];
      const payment = new PaymentProcess({
        file,
        effectsFile,
        providerUrl,
        outlives: folder.outlives,
        onEvent,
        onFailure,
      });
      const programs = new ChargePrograms(provider, payment);
      await payment.start().catch(async (error: unknown) => {
        await payment.stop();
        throw error;
      });
      return programs;
    } catch (error) {
      await provider.stop();
      throw error;
    }
  }

  /** Processes that run. */
  get openCount(): number {
    return this.provider.openCount + this.payment.openCount;
  }

  /** To be called when no message is handed to payment any more. */
  async stop(): Promise<void> {
    await this.payment.stop();
    await this.provider.stop();
  }
}
