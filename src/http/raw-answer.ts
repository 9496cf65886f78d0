import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from './refusal.ts';

/** Answers over a connection that no response belongs to, as before a request is understood, and closes it. */
export function answerRaw(
  socket: Duplex,
  { status, message, code = 'BAD_INPUT' }: { status: number; message: string; code?: string },
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable) return void socket.destroy();
  const body = errorBody(message, code);
  const all = {
    ...headers,
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}
