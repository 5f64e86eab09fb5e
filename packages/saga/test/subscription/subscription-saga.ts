import { defineEvent } from '@holdfast/core';
import { active, attention, defineSaga, final } from '@holdfast/saga';
import { z } from 'zod';

const id = { subscriptionId: z.string() };
const event = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  defineEvent(type, {
    versions: { 1: z.object({ ...id, ...shape }) },
    key: (data) => (data as unknown as { subscriptionId: string }).subscriptionId,
  });

export const MONTH_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
const period = { period: z.number().int() };

export const subscribed = event('subscription.subscribed', { cents: z.number().int() });
export const paid = event('invoice.paid', period);
export const declined = event('invoice.declined', period);
export const planChanged = event('subscription.plan-changed', { cents: z.number().int() });
export const cancelled = event('subscription.cancelled', {});
export const charge = event('invoice.charge', { ...period, cents: z.number().int() });
export const remind = event('customer.remind', { times: z.number().int() });
export const ended = event('subscription.ended', { why: z.string() });

const running = z.object({ ...id, cents: z.number().int(), period: z.number().int() });
const due = running.extend({ tries: z.number().int() });
const over = z.object({ ...id, why: z.string() });
type Due = z.infer<typeof due>;
const bill = ({ subscriptionId, period, cents }: Due) => ({ subscriptionId, period, cents });

export const subscriptionSaga = defineSaga({
  name: 'subscription',
  events: { subscribed, paid, declined, planChanged, cancelled },
  commands: { charge, remind, ended },
  states: {
    active: active(running),
    due: active(due),
    dunning: active(due),
    paused: attention(running),
    ended: final(over),
  },
  timers: ['month', 'answer', 'dunning'],
  start: {
    subscribed: {
      to: 'active',
      data: ({ data }) => ({ subscriptionId: data.subscriptionId, cents: data.cents, period: 0 }),
    },
  },
  on: {
    active: {
      events: {
        planChanged: { data: (data, { data: { cents } }) => ({ ...data, cents }) },
        cancelled: {
          to: 'ended',
          data: ({ subscriptionId }) => ({ subscriptionId, why: 'cancelled' }),
          send: { ended: (data) => data },
        },
      },
      timers: {
        month: {
          afterMs: MONTH_MS,
          take: { to: 'due', data: (data) => ({ ...data, period: data.period + 1, tries: 1 }), send: { charge: bill } },
        },
      },
      operator: { pause: { to: 'paused' } },
    },
    due: {
      events: {
        paid: { to: 'active', when: (data, m) => m.data.period === data.period, data: ({ tries: _, ...data }) => data },
        declined: {
          to: 'dunning',
          when: (data, m) => m.data.period === data.period,
          send: { remind: ({ subscriptionId, tries }) => ({ subscriptionId, times: tries }) },
        },
      },
      timers: { answer: { afterMs: DAY_MS, take: { to: 'due', send: { charge: bill } } } },
    },
    dunning: {
      events: {
        paid: { to: 'active', when: (data, m) => m.data.period === data.period, data: ({ tries: _, ...data }) => data },
        cancelled: {
          to: 'ended',
          data: ({ subscriptionId }) => ({ subscriptionId, why: 'cancelled' }),
          send: { ended: (data) => data },
        },
      },
      timers: {
        dunning: {
          afterMs: 3 * DAY_MS,
          take: [
            {
              label: 'ask again',
              when: ({ tries }) => tries < 3,
              to: 'due',
              data: (data) => ({ ...data, tries: data.tries + 1 }),
              send: { charge: bill },
            },
            {
              label: 'given up',
              to: 'ended',
              data: ({ subscriptionId }) => ({ subscriptionId, why: 'not paid' }),
              send: { ended: (data) => data },
            },
          ],
        },
      },
      operator: { pause: { to: 'paused', data: ({ tries: _, ...data }) => data } },
    },
    paused: {
      operator: {
        resume: { to: 'active' },
        cancel: {
          to: 'ended',
          data: ({ subscriptionId }) => ({ subscriptionId, why: 'by support' }),
          send: { ended: (data) => data },
        },
      },
      unexpected: { planChanged: 'park', cancelled: 'park' },
    },
    ended: { unexpected: 'ignore' },
  },
  unexpected: 'ignore',
  unmatched: 'park',
  retentionMs: 90 * DAY_MS,
});
