import { Server } from 'node:net';
import { startFauxqs } from 'fauxqs';

// The emulator of SQS and SNS as a process of its own, so that it can be killed: `sqs-program.ts FOLDER PORT`.

const [dataDir = '', port = ''] = process.argv.slice(2);

/** The emulator listens on every address of the machine and cannot be told otherwise. */
const listen = Server.prototype.listen;
Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]): Server {
  const [first, ...rest] = args;
  const options = typeof first === 'object' && first !== null ? { ...first, host: '127.0.0.1' } : first;
  return Reflect.apply(listen, this, [options, ...rest]);
};

await allowAllCharacters();
await keepWhatIsHandedBack();
await startFauxqs({ port: Number(port), dataDir, logger: false });

/** SQS takes every character that XML allows; the emulator refuses those beyond the first 65,536, for example emoji. */
async function allowAllCharacters(): Promise<void> {
  const rules = new URL('./sqs/sqsTypes.js', import.meta.resolve('fauxqs')).href;
  const { INVALID_MESSAGE_BODY_CHAR }: { readonly INVALID_MESSAGE_BODY_CHAR: RegExp } = await import(rules);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are allowed
  const invalid = /[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  INVALID_MESSAGE_BODY_CHAR.test = (body) => invalid.test(body);
}

/** With a folder the emulator fails to hand a message back at once, and loses it: it clears a column that must have a value. */
async function keepWhatIsHandedBack(): Promise<void> {
  const url = new URL('./persistence.js', import.meta.resolve('fauxqs')).href;
  const { PersistenceManager }: { readonly PersistenceManager: { readonly prototype: Persistence } } = await import(
    url
  );
  PersistenceManager.prototype.updateMessageReady = function updateMessageReady(messageId) {
    const sql = 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?';
    this.db.prepare(sql).run(messageId);
  };
}

interface Persistence {
  readonly db: { prepare(sql: string): { run(...values: unknown[]): void } };
  updateMessageReady(messageId: string): void;
}
