import { isHoldfastError, quoted, summarizeError } from '@holdfast/core';
import { RemoteFailureError } from '../payment-process/remote-failure-error.ts';
import type { RunEvent } from '../run/run-options.ts';

/** An event in a person's words; `null` when it is of no interest. */
export function describeEvent(event: RunEvent): string | null {
  switch (event.type) {
    case 'transport-down':
      return 'transport DOWN – orders keep coming, their messages wait in the outbox';
    case 'transport-up':
      return `transport UP again after ${seconds(event.afterMs)}; orders that came in meanwhile: ${count(event.ordersMeanwhile)}`;
    case 'relay-killed':
      return `kill -9 for the relay${event.unaware ? ': the broker has taken messages, and the relay does not know it' : ''}`;
    case 'listening':
      return `orders are taken at ${event.url}/orders`;
    case 'provider-killed':
      return `kill -9 for the payment provider${event.unaware ? ': it has charged, and nobody knows it' : ''}`;
    case 'payment-killed':
      return `kill -9 for payment, which waits for ${count(event.paying)} charges`;
    case 'products-away':
      return 'product service AWAY – orders are accepted all the same, and reviewed later';
    case 'products-back':
      return `product service BACK; orders that came in meanwhile: ${count(event.ordersMeanwhile)}`;
    case 'reviewed':
      return `review desk: ${count(event.released)} orders go on, ${count(event.cancelled)} are cancelled`;
    case 'compensation-failed':
      return (
        `${count(event.orders)} orders stand still in ${quoted(event.state)} (such as ${event.example}): the provider gives ` +
        'nothing back, as often as it is asked'
      );
    case 'compensation-resumed':
      return `a person has talked to the provider, and resumes the ${count(event.orders)} orders in ${quoted(event.state)}`;
    case 'started':
      return `${event.program} ${event.number} started (process ${event.pid ?? 'unknown'})`;
    case 'ended':
      return event.signal === null && event.expected
        ? null
        : `${event.program} ${event.number} is dead${event.signal === null ? '' : ` (${event.signal})`}`;
    case 'consumer-failed':
      return isExpected(event.error)
        ? null
        : `${event.consumer} could not apply a message and tries again: ${summarizeError(event.error)}`;
    case 'relayed':
      return describeRelayEvent(event);
  }
}

/** What a provider of this kind and processes that are killed bring with them. */
const EXPECTED_OF_PAYMENT = new Set([
  'ERR_CORE_OVERLOADED',
  'ERR_INBOX_EFFECT_BUSY',
  'ERR_INBOX_EFFECT_NOT_PERFORMED',
  'ERR_INBOX_EFFECT_UNKNOWN',
  'ERR_ORDER_SYSTEM_CHARGE_UNDER_WAY',
  'ERR_ORDER_SYSTEM_PAYMENT_OVERTAKEN',
  'ERR_ORDER_SYSTEM_PROCESS_LOST',
]);

function isExpected(error: unknown): boolean {
  // While the transport is down everybody fails alike; that it is down has been said.
  if (isHoldfastError(error, 'ERR_TRANSPORTS_UNAVAILABLE')) return true;
  return error instanceof RemoteFailureError && EXPECTED_OF_PAYMENT.has(error.remoteCode);
}

function describeRelayEvent({ relay, service, event }: Extract<RunEvent, { type: 'relayed' }>): string | null {
  switch (event.type) {
    case 'lane-claimed':
      return `relay ${relay} ${relay === 1 ? 'publishes' : 'takes over'} lane ${event.lane} of ${service}`;
    case 'lane-lost':
      return `relay ${relay} lost lane ${event.lane} of ${service}: ${event.reason}`;
    case 'message-parked':
    case 'lane-blocked':
      return `relay ${relay}: message ${quoted(event.messageId)} put aside: ${quoted(event.reason)}`;
    case 'stalled':
      return `relay ${relay}: ${event.activity} makes no progress`;
    case 'error':
      return `relay ${relay}: ${event.activity}: ${event.error}`;
    default:
      return null;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
