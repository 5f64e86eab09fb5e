import { hashText, mix } from './mix.ts';

/**
 * What happened: `io` an effect that succeeded, `failed` one that failed by itself, `fault` what was done to the run, `process` a start or an
 * end, `seen` a condition, `note` what a part of the world tells.
 */
export type TraceKind = 'io' | 'failed' | 'fault' | 'process' | 'seen' | 'note';

export interface TraceEvent {
  /** Virtual milliseconds since the start. */
  readonly at: number;
  readonly kind: TraceKind;
  /** The process or part of the world. */
  readonly place: string;
  /** Which life of the process; 0 where there are none. */
  readonly life: number;
  readonly label: string;
  /** More about it, without payload. */
  readonly note: string;
  /** Ids of the messages that it is about. */
  readonly messages: readonly string[];
}

const NO_MESSAGES: readonly string[] = [];

/** The course of a run as a hash, and as a list when it is recorded. Two runs with one hash took the same course. */
export class Trace {
  readonly #events: TraceEvent[] | null;
  #high = 0x6a09_e667;
  #low = 0xbb67_ae85;
  #steps = 0;

  constructor(record: boolean) {
    this.#events = record ? [] : null;
  }

  get isRecorded(): boolean {
    return this.#events !== null;
  }

  /** Empty when it is not recorded. */
  get events(): readonly TraceEvent[] {
    return this.#events ?? [];
  }

  get steps(): number {
    return this.#steps;
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0');
  }

  add({ at, kind, place, label, life = 0, note = '', messages = NO_MESSAGES }: TraceEntry): void {
    this.#steps += 1;
    this.#hash(Math.round(at * 1_000) | 0);
    this.#hash(hashText(place) ^ hashText(label) ^ hashText(kind) ^ life);
    if (note !== '') this.#hash(hashText(note));
    for (const message of messages) this.#hash(hashText(message));
    this.#events?.push({ at, kind, place, life, label, note, messages });
  }

  /** The same for an I/O, which most events are. */
  addIo(kind: 'io' | 'failed', { at, place, life, label, messages }: TracedIo): void {
    this.#steps += 1;
    this.#hash(Math.round(at * 1_000) | 0);
    this.#hash(hashText(place) ^ Math.imul(hashText(label), 3) ^ (kind === 'io' ? life : ~life));
    for (const message of messages) this.#hash(hashText(message));
    this.#events?.push({ at, kind, place, life, label, note: '', messages });
  }

  #hash(word: number): void {
    this.#high = mix(this.#high, word);
    this.#low = mix(this.#low ^ 0x5bd1_e995, word);
  }
}

export type TraceEntry = Pick<TraceEvent, 'at' | 'kind' | 'place' | 'label'> &
  Partial<Pick<TraceEvent, 'life' | 'note' | 'messages'>>;

export type TracedIo = Omit<TraceEvent, 'kind' | 'note'>;
