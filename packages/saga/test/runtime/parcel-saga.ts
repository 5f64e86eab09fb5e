import { defineEvent } from '@holdfast/core';
import { active, attention, defineSaga, final } from '@holdfast/saga';
import { z } from 'zod';

const parcel = z.object({ parcelId: z.string() });
const key = ({ parcelId }: { readonly parcelId: string }) => parcelId;

export const parcelCreated = defineEvent('parcel.created', {
  versions: { 1: z.object({ parcelId: z.string(), at: z.string().optional() }) },
  key,
});
export const parcelOpened = defineEvent('parcel.opened', { versions: { 1: parcel }, key });
export const parcelFilled = defineEvent('parcel.filled', {
  versions: { 1: z.object({ parcelId: z.string(), item: z.string() }) },
  key,
});
export const parcelClosed = defineEvent('parcel.closed', { versions: { 1: parcel }, key });
export const parcelBroken = defineEvent('parcel.broken', { versions: { 1: parcel }, key });
export const tellParcel = defineEvent('parcel.tell', {
  versions: { 1: z.object({ parcelId: z.string(), text: z.string() }) },
  key,
});

interface ParcelData {
  readonly parcelId: string;
  readonly items: readonly string[];
  /** A date at first; a text as soon as it was stored. */
  readonly at?: unknown;
}

export interface ParcelSagaOptions {
  readonly version?: number;
  /** Timer `remind`. @default 60_000 */
  readonly remindMs?: number;
  /** Timer `expire`, set by a transition. @default 120_000 */
  readonly expireMs?: number;
  /** Called when `remind` runs out. */
  readonly onRemind?: (parcelId: string) => void;
  readonly unmatched?: 'park' | 'ignore' | 'fail';
  readonly retentionMs?: number;
}

/** Takes nothing before its turn: what comes too early is parked. An item `poison` makes its function throw. */
export function defineParcelSaga(options: ParcelSagaOptions = {}) {
  const { version = 1, remindMs = 60_000, expireMs = 120_000, onRemind, unmatched = 'park' } = options;
  const tell =
    (text: string) =>
    ({ parcelId }: ParcelData) => ({ parcelId, text });
  return defineSaga({
    name: 'parcel',
    version,
    events: { parcelCreated, parcelOpened, parcelFilled, parcelClosed, parcelBroken },
    commands: { tellParcel },
    states: {
      created: active<ParcelData>(),
      open: active<ParcelData>(),
      broken: attention<ParcelData>(),
      closed: final<ParcelData>(),
    },
    timers: ['remind', 'expire'],
    start: {
      parcelCreated: {
        to: 'created',
        data: ({ data: { parcelId, at } }) => ({
          parcelId,
          items: [],
          ...(at !== undefined && { at: new Date(at) }),
        }),
        send: { tellParcel: tell('created') },
        schedule: { expire: expireMs },
      },
    },
    on: {
      created: {
        events: { parcelOpened: { to: 'open', send: { tellParcel: tell('opened') } } },
        timers: {
          remind: {
            afterMs: remindMs,
            take: {
              data: (data: ParcelData) => {
                onRemind?.(data.parcelId);
                return data;
              },
              send: { tellParcel: tell('reminded') },
            },
          },
          expire: { to: 'closed', send: { tellParcel: tell('expired') } },
        },
      },
      open: {
        events: {
          parcelFilled: {
            data: (data: ParcelData, { data: { item } }: { readonly data: { readonly item: string } }) => {
              if (item === 'poison') throw new Error('secret poison');
              return { ...data, items: [...data.items, item], at: typeof data.at };
            },
          },
          parcelClosed: {
            when: ({ items }) => items.length > 0,
            to: 'closed',
            cancel: ['expire'],
            send: { tellParcel: tell('closed') },
          },
          parcelBroken: { to: 'broken' },
        },
      },
    },
    unexpected: 'park',
    unmatched,
    retentionMs: options.retentionMs ?? 60_000,
  });
}
