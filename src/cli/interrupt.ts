import { exitCodes } from './errors.ts';

/** npm and npx pass the signal on that the terminal has sent already: what comes within this time is one Ctrl-C. */
const sameMs = 100;

/**
 * Listens for Ctrl-C for as long as the process lives: the first is a wish, the second ends the process at once.
 *
 * @param signals which are heeded, in the same way
 * @returns what tells of the first
 */
export function listenForInterrupt(signals: readonly ('SIGINT' | 'SIGTERM')[] = ['SIGINT']): AbortSignal {
  const first = new AbortController();
  let firstAt = 0;
  const listener = (signal: NodeJS.Signals): void => {
    if (!first.signal.aborted) {
      firstAt = performance.now();
      first.abort(new InterruptedError());
    } else if (performance.now() - firstAt > sameMs) {
      process.exit(signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted);
    }
  };
  for (const signal of signals) process.on(signal, listener);
  return first.signal;
}

/** The user has had enough. */
export class InterruptedError extends Error {}
