import { describeRelayOver } from './describe-relay-over.ts';
import { rabbitmqWorld } from './rabbitmq-world.ts';

describeRelayOver('RabbitMQ', () => rabbitmqWorld());
