import { failureClassOf, isHoldfastError, retryAfterMsOf, summarizeError } from '@holdfast/core';
import { PaymentService } from '../payment/payment-service.ts';
import { ProviderClient } from '../payment/provider-client.ts';
import { ChildChannel } from '../processes/child-channel.ts';
import { receivedEnvelope } from '../processes/received-envelope.ts';
import type { FromPayment, PaymentFailure, ToPayment } from './payment-messages.ts';

// The program of the payment service's process: `node payment-main.ts DATABASE JOURNAL PROVIDER-URL DURABILITY`, forked by PaymentProcess.
const [, , file, effectsFile, url, outlives] = process.argv;
if (file === undefined || effectsFile === undefined || url === undefined || process.send === undefined) {
  throw new Error('payment-main.ts is started by the order system, with its files and the address of the provider.');
}

const service = await PaymentService.open({
  file,
  effectsFile,
  provider: new ProviderClient(url),
  outlives: outlives === 'process-end' ? outlives : 'power-loss',
});
const running = new Set<Promise<void>>();
const channel = new ChildChannel<ToPayment, FromPayment>({
  onMessage: (message) => {
    const handled = handle(message).finally(() => running.delete(handled));
    running.add(handled);
  },
  onStop: () => void stop(),
});
channel.send({ kind: 'ready' });

async function handle({ call, envelope, attempt }: ToPayment): Promise<void> {
  try {
    const outcome = await service.handle(receivedEnvelope(envelope), attempt);
    channel.send({ kind: 'handled', call, outcome });
  } catch (error) {
    channel.send({ kind: 'failed', call, failure: failureOf(error) });
  }
}

async function stop(): Promise<void> {
  await Promise.all(running);
  await service.close();
  channel.close();
}

function failureOf(error: unknown): PaymentFailure {
  return {
    code: isHoldfastError(error) ? error.code : 'ERR_ORDER_SYSTEM_FOREIGN',
    message: summarizeError(error),
    failureClass: failureClassOf(error),
    retryAfterMs: retryAfterMsOf(error),
  };
}
