import type { Socket } from 'node:net';

/** Calls back with each JSON line of a socket. */
export function onLines(socket: Socket, onLine: (line: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(JSON.parse(line));
  });
}

export function sendLine(socket: Socket, line: unknown): void {
  socket.write(`${JSON.stringify(line)}\n`);
}
