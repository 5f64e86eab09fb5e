import { crashEverywhere, SimulatedService } from '../../src/index.ts';
import { chargeCard, orderPlaced } from './charge-card.ts';

export async function chargesOnce(): Promise<void> {
  const { summary } = await crashEverywhere(
    (world) => {
      const ledger: string[] = [];
      const charge = async (orderId: string) => void ledger.push(orderId);
      const counts = () => ({ charges: ledger.length });
      const payments = new SimulatedService(world, 'payments', { api: { charge }, counts });
      return chargeCard(payments.api);
    },
    { given: orderPlaced({ orderId: 'o-1', cents: 4_200 }) },
  );
  console.log(summary);
}
