import { type Clock, quoted } from '@holdfast/core';
import { QueueMismatchError } from '../errors/queue-mismatch-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { assertSameProperties, type QueueProperties } from '../topology/queue-properties.ts';
import type { QueueNames } from './queue-names.ts';
import { type DeliveryMode, readTags, type TaggedQueue, tagsOf } from './queue-tags.ts';
import { isMissingQueue } from './sqs-api.ts';
import type { QueueOperations } from './sqs-operations.ts';

/** 14 days: the longest that SQS keeps a message. */
const LONGEST_RETENTION_SECONDS = 1_209_600;
/** A queue that was just made may be unknown for a second. */
const TRIES = 10;
const TRY_AGAIN_MS = 500;
/** How many queues are asked for their tags at once. */
const AT_ONCE = 10;

export interface QueueCatalogOptions {
  readonly operations: QueueOperations;
  readonly names: QueueNames;
  readonly namespace: string;
  readonly clock: Clock;
  readonly fifo: boolean;
  readonly delivery: DeliveryMode;
  readonly maxReceiveCount: number;
}

export interface KnownQueue {
  readonly url: string;
  readonly tagged: TaggedQueue;
}

/** A queue as a reader needs it. */
export interface OpenQueue {
  readonly name: string;
  readonly url: string;
  readonly leaseMs: number;
  /** Name and URL of its dead-letter queue: itself for a dead-letter queue. */
  readonly deadLetters: { readonly name: string; readonly url: string };
}

/** The queues of one namespace as the service has them: what they are is in their tags, where every process finds it. */
export class QueueCatalog {
  readonly #options: QueueCatalogOptions;
  /** What this process declared. */
  readonly #declared = new Map<string, OpenQueue>();

  constructor(options: QueueCatalogOptions) {
    this.#options = options;
  }

  /**
   * Makes the queue and its dead-letter queue, or finds them. Two processes may do it at once.
   * @throws QueueMismatchError
   */
  async ensure(declared: QueueProperties, policyOf: (queueArn: string) => string | null): Promise<KnownQueue> {
    const existing = await this.#find(declared.queue);
    if (existing !== null) assertDeclared(existing.tagged, declared, this.#options);
    const deadLetterUrl = await this.#ensureDeadLetters(declared);
    const known = existing ?? (await this.#make(declared, deadLetterUrl, policyOf));
    this.#remember(declared, { url: known.url, deadLetterUrl });
    return known;
  }

  async #make(
    declared: QueueProperties,
    deadLetterUrl: string,
    policyOf: (queueArn: string) => string | null,
  ): Promise<KnownQueue> {
    const { names, operations, namespace, delivery, maxReceiveCount } = this.#options;
    const { QueueArn: deadLetterTargetArn = '' } = await operations.attributesOf(deadLetterUrl);
    const sqsName = names.sqsNameOf(declared.queue);
    const policy = policyOf(deadLetterTargetArn.slice(0, deadLetterTargetArn.lastIndexOf(':') + 1) + sqsName);
    const redrive = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
    const tagged: TaggedQueue = { kind: 'queue', namespace, delivery, properties: declared };
    const url = await this.#create(tagged, { ...redrive, ...(policy === null ? {} : { Policy: policy }) });
    // Another process may have been first, with something else.
    const made = await this.#tagsOnceThere(url);
    assertDeclared(made, declared, this.#options);
    return { url, tagged };
  }

  /**
   * A queue or dead-letter queue, as this process declared it or as its tags say.
   * @throws UnknownQueueError, QueueMismatchError
   */
  async open(name: string): Promise<OpenQueue> {
    const declared = this.#declared.get(name);
    if (declared !== undefined) return declared;
    const { operations, names } = this.#options;
    const url = await operations.urlOf(names.sqsNameOf(name));
    if (url === null) throw new UnknownQueueError(name);
    const tagged = readTags(await operations.tagsOf(url));
    if (tagged === null || !this.#isOurs(tagged, name)) {
      throw new QueueMismatchError({ queue: name, property: 'queue', existing: kindOf(tagged), declared: 'a queue' });
    }
    const { leaseMs, deadLetterQueue } = tagged.properties;
    if (tagged.kind === 'dead-letters') return { name, url, leaseMs, deadLetters: { name, url } };
    // In the same account and region as its queue: SQS wants it so.
    const deadLetterUrl = url.slice(0, url.lastIndexOf('/') + 1) + names.sqsNameOf(deadLetterQueue);
    return { name, url, leaseMs, deadLetters: { name: deadLetterQueue, url: deadLetterUrl } };
  }

  /** The queue is gone: what was declared counts no more. */
  forget(name: string): void {
    this.#declared.delete(name);
  }

  #remember(
    { queue, deadLetterQueue, leaseMs }: QueueProperties,
    { url, deadLetterUrl }: { readonly url: string; readonly deadLetterUrl: string },
  ): void {
    const deadLetters = { name: deadLetterQueue, url: deadLetterUrl };
    this.#declared.set(queue, { name: queue, url, leaseMs, deadLetters });
  }

  /** Every queue of the namespace that messages are sent to. */
  async list(): Promise<readonly KnownQueue[]> {
    const { operations, names, fifo } = this.#options;
    const urls = (await operations.list(names.prefix)).filter((url) => url.endsWith('.fifo') === fifo);
    const found: KnownQueue[] = [];
    for (let start = 0; start < urls.length; start += AT_ONCE) {
      const some = urls.slice(start, start + AT_ONCE).map((url) => this.#taggedAt(url));
      for (const known of await Promise.all(some)) {
        if (known !== null && known.tagged.kind === 'queue') found.push(known);
      }
    }
    return found;
  }

  /** A queue that is deleted between two requests is left out. */
  async #taggedAt(url: string): Promise<KnownQueue | null> {
    const tagged = await this.#tagsOf(url);
    if (tagged === null || tagged === 'gone') return null;
    return tagged.namespace === this.#options.namespace ? { url, tagged } : null;
  }

  /** The service goes on naming a queue for a while after it was deleted. */
  async #tagsOf(url: string): Promise<TaggedQueue | 'gone' | null> {
    try {
      return readTags(await this.#options.operations.tagsOf(url));
    } catch (error) {
      if (isMissingQueue(error)) return 'gone';
      throw error;
    }
  }

  async #find(name: string): Promise<KnownQueue | null> {
    const { operations, names } = this.#options;
    const url = await operations.urlOf(names.sqsNameOf(name));
    if (url === null) return null;
    const tagged = await this.#tagsOf(url);
    if (tagged === 'gone') return null;
    if (tagged !== null && this.#isOurs(tagged, name)) return { url, tagged };
    throw new QueueMismatchError({ queue: name, property: 'queue', existing: kindOf(tagged), declared: 'a queue' });
  }

  #isOurs({ namespace, properties }: TaggedQueue, name: string): boolean {
    return namespace === this.#options.namespace && properties.queue === name;
  }

  async #ensureDeadLetters({ deadLetterQueue, queue, leaseMs }: QueueProperties): Promise<string> {
    const existing = await this.#find(deadLetterQueue);
    if (existing?.tagged.kind === 'queue') {
      throw new QueueMismatchError({
        queue: deadLetterQueue,
        property: 'deadLetterQueue',
        existing: 'a queue',
        declared: `the dead-letter queue of ${quoted(queue)}`,
      });
    }
    if (existing !== null) return existing.url;
    const { namespace, delivery } = this.#options;
    const properties = { queue: deadLetterQueue, types: [], deadLetterQueue, leaseMs };
    const url = await this.#create({ kind: 'dead-letters', namespace, delivery, properties }, {});
    await this.#tagsOnceThere(url);
    return url;
  }

  async #create(tagged: TaggedQueue, attributes: Readonly<Record<string, string>>): Promise<string> {
    const { operations, names, fifo } = this.#options;
    const { queue, leaseMs } = tagged.properties;
    try {
      return await operations.create({
        sqsName: names.sqsNameOf(queue),
        tags: tagsOf(tagged),
        attributes: {
          VisibilityTimeout: String(Math.ceil(leaseMs / 1_000)),
          MessageRetentionPeriod: String(LONGEST_RETENTION_SECONDS),
          // High throughput: limits and deduplication for each group apart.
          ...(fifo
            ? { FifoQueue: 'true', DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' }
            : {}),
          ...attributes,
        },
      });
    } catch (error) {
      // Another process was first, with other attributes: its tags tell which.
      const existing = await this.#find(queue);
      if (existing === null) throw error;
      return existing.url;
    }
  }

  async #tagsOnceThere(url: string): Promise<TaggedQueue | null> {
    const { operations, clock } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        return readTags(await operations.tagsOf(url));
      } catch (error) {
        if (tries === TRIES || !isMissingQueue(error)) throw error;
        await clock.sleep(TRY_AGAIN_MS);
      }
    }
  }
}

function assertDeclared(
  existing: TaggedQueue | null,
  declared: QueueProperties,
  { namespace, delivery }: Pick<QueueCatalogOptions, 'namespace' | 'delivery'>,
): void {
  const { queue } = declared;
  if (existing?.kind !== 'queue' || existing.namespace !== namespace) {
    throw new QueueMismatchError({ queue, property: 'queue', existing: kindOf(existing), declared: 'a queue' });
  }
  assertSameProperties(existing.properties, declared);
  if (existing.delivery !== delivery) {
    throw new QueueMismatchError({ queue, property: 'fanOut', existing: existing.delivery, declared: delivery });
  }
}

function kindOf(tagged: TaggedQueue | null): string {
  if (tagged === null) return 'a queue without the tags of Holdfast';
  return tagged.kind === 'queue'
    ? `queue "${tagged.properties.queue}" of namespace "${tagged.namespace}"`
    : 'a dead-letter queue';
}
