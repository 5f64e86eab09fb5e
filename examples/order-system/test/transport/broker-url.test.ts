import { afterEach, expect, test } from 'vitest';
import { brokerUrl } from '../../src/transport/broker-url.ts';

const rule = { product: 'RabbitMQ', variable: 'ORDER_SYSTEM_TEST_URL', protocol: 'amqp:', defaultPort: 5_672 };

afterEach(() => {
  delete process.env[rule.variable];
});

function given(url: string) {
  process.env[rule.variable] = url;
  return brokerUrl(rule);
}

test('the environment names the broker', () => {
  expect(given('amqp://u:p@rabbit.example')).toEqual({
    url: 'amqp://u:p@rabbit.example',
    host: 'rabbit.example',
    port: 5_672,
  });
  expect(given('amqp://[::1]:5673/v')).toEqual({ url: 'amqp://[::1]:5673/v', host: '::1', port: 5_673 });
});

test('a broker that is not named, or cannot be disturbed, is refused with what to do, and no credential is told', () => {
  expect(() => brokerUrl(rule)).toThrow(/RabbitMQ is not named by the environment\. Set "ORDER_SYSTEM_TEST_URL"/);
  for (const url of ['amqps://u:secret@h', 'secret', 'http://h', 'amqp:secret']) {
    expect(() => given(url)).toThrow(/must begin with amqp:\/\/, without TLS/);
    expect(() => given(url)).not.toThrow(/secret/);
  }
});
