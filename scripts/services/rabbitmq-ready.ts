import { connect } from 'node:net';

/** The credentials that a broker is asked with. */
export interface AmqpLogin {
  readonly user: string;
  readonly password: string;
}

const protocolHeader = Buffer.from('AMQP\x00\x00\x09\x01', 'latin1');
const methodFrame = 1;
const frameEnd = 0xce;
/** Class and method, as 4 bytes: what the broker says first, our answer, and what it says to accepted credentials. */
const start = 0x000a_000a;
const startOk = 0x000a_000b;
const tune = 0x000a_001e;

/** Whether a RabbitMQ on that loopback port accepts connections now: it is asked for one, up to the accepted password. */
export function isRabbitmqReady(port: number, login: AmqpLogin): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    let answer = Buffer.alloc(0);
    let isGreeted = false;
    socket.setTimeout(2_000, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
    socket.on('connect', () => socket.write(protocolHeader));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const frame = firstFrame(answer);
      if (frame === undefined) return;
      answer = answer.subarray(frame.length);
      const method = frame.readUInt32BE(7);
      if (isGreeted || method !== start) return settle(isGreeted && method === tune);
      isGreeted = true;
      socket.write(startOkFrame(login));
    });
  });
}

/** A frame is a type, a channel, the length of its payload, the payload and an end mark. */
function firstFrame(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 7) return undefined;
  const length = 7 + bytes.readUInt32BE(3) + 1;
  return bytes.length < length || length < 12 ? undefined : bytes.subarray(0, length);
}

function startOkFrame({ user, password }: AmqpLogin): Buffer {
  const noProperties = Buffer.alloc(4);
  const payload = Buffer.concat([
    uint32(startOk),
    noProperties,
    shortString('PLAIN'),
    longString(`\0${user}\0${password}`),
    shortString('en_US'),
  ]);
  return Buffer.concat([Buffer.from([methodFrame, 0, 0]), uint32(payload.length), payload, Buffer.from([frameEnd])]);
}

function shortString(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
}

function longString(text: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(text)), Buffer.from(text)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
