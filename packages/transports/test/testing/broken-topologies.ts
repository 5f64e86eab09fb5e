import { isHoldfastError, type QueueDeclaration } from '@holdfast/core';
import { QueueMismatchError } from '../../src/errors/queue-mismatch-error.ts';
import { type BrokenTransport, broken } from './broken-transport.ts';

function brokenDeclaration(what: string, change: (declaration: QueueDeclaration) => QueueDeclaration): BrokenTransport {
  return broken(what, (inner) => ({ declare: (declaration) => inner.declare(change(declaration)) }));
}

const mismatch = (property: string) =>
  new QueueMismatchError({ queue: 'work', property, existing: 'one thing', declared: 'another' });

const takesAnything = broken('takes the other property, and says nothing', (inner) => ({
  declare: async (declaration) => {
    try {
      await inner.declare(declaration);
    } catch (error) {
      if (!isHoldfastError(error, 'ERR_TRANSPORTS_QUEUE_MISMATCH')) throw error;
    }
  },
}));

const namesNothing = broken('does not name the property', (inner) => ({
  declare: async (declaration) => {
    try {
      await inner.declare(declaration);
    } catch (error) {
      throw isHoldfastError(error, 'ERR_TRANSPORTS_QUEUE_MISMATCH') ? mismatch('queue') : error;
    }
  },
}));

const declaredOtherwise = (property: string) =>
  `declaring a queue with another "${property}" rejects with the name of the property, and the queue stays as it was`;

export const brokenTopologies: Readonly<Record<string, readonly BrokenTransport[]>> = {
  'every group gets every message that it binds, "*" binds all, and nobody gets another': [
    brokenDeclaration('takes "*" for a type', (declaration) => ({
      ...declaration,
      types: declaration.types.map((type) => (type === '*' ? 'star' : type)),
    })),
    brokenDeclaration('binds every queue to all types', (declaration) => ({ ...declaration, types: ['*'] })),
    brokenDeclaration('binds the first type alone', (declaration) => ({
      ...declaration,
      types: declaration.types.slice(0, 1),
    })),
  ],
  'clients that declare the same group share its messages: none is delivered to both': [
    broken('makes a queue for each client', (inner) => {
      const own = crypto.randomUUID();
      return {
        declare: (declaration) =>
          inner.declare({ ...declaration, queue: `${declaration.queue}.${own}`, deadLetterQueue: `dead.${own}` }),
        reader: (queue) => inner.reader(`${queue}.${own}`),
      };
    }),
  ],
  'an event type is bound as it is written: what looks like a pattern matches itself only': [
    broken('takes types for patterns', (inner) => {
      const types: string[] = [];
      const bound = (type: string) =>
        types.find((pattern) =>
          new RegExp(`^${pattern.replaceAll('.', '\\.').replace(/[*#%]$/, '[^.]+')}$`).test(type),
        );
      return {
        declare: (declaration) => {
          types.push(...declaration.types);
          return inner.declare(declaration);
        },
        publish: (batch) =>
          inner.publish(batch.map((envelope) => ({ ...envelope, type: bound(envelope.type) ?? '-' }))),
      };
    }),
    broken('does not tell capital letters', (inner) => ({
      publish: (batch, options) =>
        inner.publish(
          batch.map((envelope) => ({ ...envelope, type: envelope.type.toLowerCase() })),
          options,
        ),
    })),
  ],
  'messages wait in a declared queue until somebody reads it': [
    broken('deletes its queues when it is closed', (inner) => {
      const queues: string[] = [];
      return {
        declare: (declaration) => {
          queues.push(declaration.queue);
          return inner.declare(declaration);
        },
        close: async () => {
          for (const queue of queues) {
            for (const delivery of await inner.reader(queue).pull(100, { waitMs: 0 })) await delivery.ack();
          }
          await inner.close();
        },
      };
    }),
  ],
  'declaring the same queue again changes nothing, whoever does it and in whatever order it names the types': [
    broken('empties a queue that is declared again', (inner) => ({
      declare: async (declaration) => {
        await inner.declare(declaration);
        for (const delivery of await inner.reader(declaration.queue).pull(100, { waitMs: 0 })) await delivery.ack();
      },
    })),
    broken('tells the order of types', (inner) => ({
      declare: (declaration) => {
        if (declaration.types.length > 2) throw mismatch('types');
        return inner.declare(declaration);
      },
    })),
  ],
  [declaredOtherwise('types')]: [
    takesAnything,
    namesNothing,
    broken('binds the types before it refuses them', (inner, { broker }) => ({
      declare: async (declaration) => {
        if (declaration.types.length > 1) await broker.declare({ queue: 'shadow', types: ['more'] });
        await inner.declare(declaration);
      },
    })),
  ],
  [declaredOtherwise('leaseMs')]: [takesAnything, namesNothing],
  [declaredOtherwise('deadLetterQueue')]: [takesAnything, namesNothing],
  'a queue name is refused by an error that has a code, or the queue works': [
    broken('refuses by an error of its driver', (inner) => ({
      declare: async (declaration) => {
        if (/[^\w]/.test(declaration.queue)) throw new Error('syntax error at or near');
        await inner.declare(declaration);
      },
    })),
    broken('declares one name and reads another', (inner) => ({
      reader: (queue) => inner.reader(queue.slice(0, 60)),
    })),
  ],
};
