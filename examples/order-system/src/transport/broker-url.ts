import { TransportNotReadyError } from './transport-not-ready-error.ts';

export interface BrokerUrlRule {
  readonly product: string;
  readonly variable: string;
  /** `amqp:`. One without TLS, because the faults are made by a proxy in between. */
  readonly protocol: string;
  readonly defaultPort: number;
}

export interface BrokerUrl {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** The broker that the environment names. @throws TransportNotReadyError */
export function brokerUrl({ product, variable, protocol, defaultPort }: BrokerUrlRule): BrokerUrl {
  const given = process.env[variable] ?? '';
  if (given === '') throw new TransportNotReadyError({ product, variable, problem: 'is not named by the environment' });
  const url = URL.parse(given);
  if (url?.protocol !== protocol || url.hostname === '') {
    const problem = `cannot be used at the URL given: it must begin with ${protocol}//, without TLS, for the proxy that makes the faults`;
    throw new TransportNotReadyError({ product, variable, problem });
  }
  // An IPv6 address has brackets in a URL only.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { url: url.href, host, port: Number(url.port || defaultPort) };
}
