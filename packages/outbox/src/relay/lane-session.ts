import type { LaneClaim } from '../store/lane-store.ts';
import { Breaker } from './breaker.ts';
import { LaneReader } from './lane-reader.ts';
import type { LaneRelayOptions } from './lane-relay.ts';
import { LaneSender } from './lane-sender.ts';
import { ProgressRecorder } from './progress-recorder.ts';
import { WaitPoint } from './wait-point.ts';

/** Everything that belongs to one claim of a lane. When the claim is lost it is dropped whole, with what is in flight. */
export interface LaneSession {
  readonly claim: LaneClaim;
  readonly reader: LaneReader;
  readonly sender: LaneSender;
  readonly recorder: ProgressRecorder;
  /** Notified when a page or receipts came. */
  readonly change: WaitPoint;
}

export function openSession(claim: LaneClaim, options: LaneRelayOptions, onFenced: () => void): LaneSession {
  const { store, settings, clock, random, emit, lane } = options;
  const change = new WaitPoint();
  const recorder = new ProgressRecorder({
    lanes: store.lanes,
    claim,
    clock,
    intervalMs: settings.cursorIntervalMs,
    onFenced,
  });
  const sender: LaneSender = new LaneSender({
    ...settings,
    publisher: options.publisher,
    breaker: options.breaker,
    blockade: new Breaker({ clock, random, baseMs: 1_000, maxMs: 30_000 }),
    parkedKeys: claim.parkedKeys,
    onProgress: (cursor) => recorder.move(cursor),
    onParked: (parked) => {
      recorder.park(parked);
      const { id, type } = parked.entry.envelope;
      emit({ type: 'message-parked', lane: lane.lane, messageId: id, messageType: type, reason: parked.reason });
    },
    onBlocked: (entry, reason) => emit({ type: 'lane-blocked', lane: lane.lane, messageId: entry.envelope.id, reason }),
    onUnavailable: (reason) => emit({ type: 'destination-unavailable', destination: lane.destination, reason }),
    onAvailable: () => emit({ type: 'destination-available', destination: lane.destination }),
    onChange: () => {
      change.notify();
      if (sender.queued > 0) options.wake();
    },
  });
  const reader = new LaneReader({
    lanes: store.lanes,
    claim,
    pageSize: settings.pageSize,
    pageBytes: settings.pageBytes,
    floor: () => recorder.floor,
    onPage: (page) => {
      if (page !== null) sender.add(page);
      change.notify();
    },
  });
  return { claim, reader, sender, recorder, change };
}
