import { expect, expectTypeOf, test } from 'vitest';
import { begun, type orderSteps, paid } from './order-steps.ts';

const compensation = {
  command: { name: 'releaseStock', data: () => ({ orderId: 'o1', reservationId: 'r1' }) },
  success: 'stockReleased',
} as const;
const command = { name: 'reserveStock', data: () => ({ orderId: 'o1' }) } as const;
const timeout = { afterMs: 1_000, unanswered: 'compensate' } as const;

test('a step sees the input and the results of the steps before it, as they were kept', () => {
  paid.step('stock', {
    command: {
      name: 'reserveStock',
      data: ({ input, done, attempt }) => {
        expectTypeOf(input).toEqualTypeOf<{ orderId: string; cents: number }>();
        expectTypeOf(done).toEqualTypeOf<{ readonly payment: { paymentId: string } }>();
        expectTypeOf(attempt).toEqualTypeOf<number>();
        return { orderId: done.payment.paymentId };
      },
    },
    success: 'stockReserved',
    timeout,
    compensation: {
      command: {
        name: 'releaseStock',
        data: ({ done }) => {
          expectTypeOf(done.stock).toEqualTypeOf<{ orderId: string; reservationId: string }>();
          expectTypeOf(done.payment).toEqualTypeOf<{ paymentId: string }>();
          return { orderId: 'o1', reservationId: done.stock.reservationId };
        },
      },
      success: 'stockReleased',
    },
  });
});

test('the compiler refuses what a step cannot know', () => {
  begun.step('stock', {
    // @ts-expect-error a later step's result
    command: { name: 'reserveStock', data: ({ done }) => ({ orderId: done.payment.paymentId }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  begun.step('stock', {
    // @ts-expect-error its own result, before it is there
    command: { name: 'reserveStock', data: ({ done }) => ({ orderId: done.stock.orderId }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  begun.step('stock', {
    // @ts-expect-error what was not taken from the first event
    command: { name: 'reserveStock', data: ({ input }) => ({ orderId: input.email }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  paid.step('stock', {
    // @ts-expect-error what was not kept of a success
    command: { name: 'reserveStock', data: ({ done }) => ({ orderId: done.payment.orderId }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  paid.step('stock', {
    command,
    success: 'stockReserved',
    timeout,
    compensation: {
      // @ts-expect-error a later step's result
      command: { name: 'releaseStock', data: ({ done }) => ({ orderId: done.delivery.orderId, reservationId: '' }) },
      success: 'stockReleased',
    },
  });
  paid.parallel('both', (group) =>
    group.step('stock', { command, success: 'stockReserved', timeout, compensation }).step('delivery', {
      // @ts-expect-error the result of a step at the same time
      command: { name: 'bookDelivery', data: ({ done }) => ({ orderId: done.stock.orderId }) },
      success: 'deliveryBooked',
      timeout,
      compensation: 'none needed',
    }),
  );
});

test('the compiler refuses events, commands and payloads that are not declared', () => {
  const build = () =>
    begun
      .step('stock', {
        command,
        // @ts-expect-error an undeclared event
        success: 'stockKept',
        // @ts-expect-error an undeclared event
        failure: 'stockLost',
        // @ts-expect-error an undeclared event
        unclear: 'stockUnclear',
        timeout,
        compensation,
      })
      .build();
  expect(build).toThrow('"stockLost" (is a failure of step "stock") is not declared in "events"');
  begun.step('stock', {
    // @ts-expect-error an undeclared command
    command: { name: 'reserve', data: () => ({ orderId: 'o1' }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  begun.step('stock', {
    // @ts-expect-error a payload that the command does not have
    command: { name: 'reserveStock', data: () => ({ order: 'o1' }) },
    success: 'stockReserved',
    timeout,
    compensation,
  });
  begun.step('stock', {
    command,
    success: 'stockReserved',
    timeout,
    compensation: {
      // @ts-expect-error a payload that the compensation does not have
      command: { name: 'releaseStock', data: ({ done }) => ({ orderId: done.stock.orderId }) },
      success: 'stockReleased',
    },
  });
  begun.step('stock', {
    command,
    // @ts-expect-error what the event does not have
    success: { event: 'stockReserved', keep: ({ data }) => data.paymentId },
    timeout,
    compensation,
  });
});

test('the compiler asks for a timeout and a compensation before the point of no return, and for none after it', () => {
  expect(() =>
    // @ts-expect-error no compensation
    begun.step('stock', { command, success: 'stockReserved', timeout }),
  ).toThrow('"stock.compensation" is missing');
  expect(() =>
    // @ts-expect-error no timeout
    begun.step('stock', { command, success: 'stockReserved', compensation }),
  ).toThrow('"stock.timeout.afterMs" is missing');
  const committed = paid.pointOfNoReturn();
  expect(() =>
    // @ts-expect-error nothing is compensated there
    committed.step('stock', { command, success: 'stockReserved', timeout: 'never', compensation }),
  ).toThrow('"stock.compensation"');
  expect(() =>
    // @ts-expect-error nothing is compensated there
    committed.step('stock', { command, success: 'stockReserved', timeout }),
  ).toThrow('"stock.timeout.unanswered"');
});

test('the compiler says that a name is taken', () => {
  // @ts-expect-error Argument of type '"payment"' is not assignable to parameter of type '"there is a step \"payment\" already"'
  const twice = paid.step('payment', { command, success: 'stockReserved', timeout, compensation: 'none needed' });
  expect(() => twice.build()).toThrow('Two steps or groups are named "payment"');
});

test('the ends see what they can know', () => {
  paid.build({
    completed: {
      send: {
        orderCompleted: ({ input, done }) => {
          expectTypeOf(done.payment.paymentId).toEqualTypeOf<string>();
          return { orderId: input.orderId };
        },
      },
    },
    compensated: {
      send: {
        orderCancelled: ({ input, done, failure }) => {
          expectTypeOf(done.payment).toEqualTypeOf<{ paymentId: string } | undefined>();
          expectTypeOf(failure?.cause).toEqualTypeOf<'failure' | 'timeout' | 'unclear' | 'operator' | undefined>();
          return { orderId: input.orderId, reason: '' };
        },
      },
    },
  });
  // @ts-expect-error a payload that the message does not have
  paid.build({ completed: { send: { orderCompleted: () => ({ id: 'o1' }) } } });
  paid.build({
    // @ts-expect-error a result that may be missing
    compensated: { send: { orderCancelled: ({ done }) => ({ orderId: done.payment.paymentId, reason: '' }) } },
  });
});

test('a definition that is made of steps knows its states and timers', () => {
  type Names = NonNullable<typeof orderSteps.names>;
  expectTypeOf<'payment:uncertain'>().toExtend<keyof Names['states']>();
  expectTypeOf<'refund'>().not.toExtend<keyof Names['states']>();
  expectTypeOf<'delivery:timeout'>().toExtend<Names['timers']>();
});
