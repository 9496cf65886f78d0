import { exitCodes } from './errors.ts';

/** Ctrl-C: the first is a wish, which `signal` tells of; the second ends the process at once. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

export function listenForInterrupt(): Interrupt {
  const first = new AbortController();
  const listener = (): void => {
    if (first.signal.aborted) process.exit(exitCodes.interrupted);
    first.abort(new InterruptedError());
  };
  process.on('SIGINT', listener);
  return { signal: first.signal, [Symbol.dispose]: () => void process.off('SIGINT', listener) };
}

/** The user has had enough. */
export class InterruptedError extends Error {}
