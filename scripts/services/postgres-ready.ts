import { connect } from 'node:net';

/** Whether a PostgreSQL on that loopback port accepts sessions now: it is asked for one, up to the password. */
export function isPostgresReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => settle(false));
    socket.on('connect', () => socket.write(startupMessage({ user: 'postgres', database: 'postgres' })));
    // "R" asks for the password; "E" says that the server is still starting or already stopping.
    socket.once('data', (answer) => settle(answer.toString('latin1', 0, 1) === 'R'));
  });
}

function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const protocol = Buffer.from([0, 3, 0, 0]);
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  const body = Buffer.concat([protocol, Buffer.from(`${pairs.join('')}\0`)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}
