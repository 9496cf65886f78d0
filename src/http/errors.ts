import { LionError } from '../errors.ts';

/** The server cannot listen where it was told to. */
export class ListenError extends LionError {
  readonly code = 'CANNOT_LISTEN';
  readonly retryable = true;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    super(`Lion cannot listen on ${host}:${port}: ${reasons[cause.code ?? ''] ?? cause.message}`, { cause });
  }
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'another program listens there. Stop it, or set LION_PORT to another port (0 for any that is free).',
  EACCES: 'this user may not. Set LION_PORT to a port above 1023.',
  EADDRNOTAVAIL: 'this machine has no such address. Set LION_HOST to one that it has, such as 127.0.0.1.',
  ENOTFOUND: 'there is no host of that name. Set LION_HOST to an address of this machine, such as 127.0.0.1.',
};
