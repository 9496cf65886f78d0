import type { Socket } from 'node:net';
import { RateLimitedError } from '../access/limit-errors.ts';
import { refusalHeaders } from '../access/limit-headers.ts';
import type { Lion } from '../lion.ts';
import { networkOf } from './address.ts';
import { answerRaw } from './raw-answer.ts';

/** Counts a connection on the account of where it comes from. One too many is answered with 429 and closed. @returns whether it may stay */
export function holdConnection(
  { limits }: Lion,
  address: string,
  socket: Socket,
  security: Readonly<Record<string, string>>,
): boolean {
  try {
    const release = limits.connectionOf(networkOf(address));
    socket.once('close', release);
    if (socket.destroyed) release();
    return true;
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error;
    const { code, message } = error;
    answerRaw(socket, { status: 429, code, message }, { ...security, ...refusalHeaders(error) });
    return false;
  }
}
