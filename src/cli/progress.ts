import { createLogUpdate } from 'log-update';
import { canRedraw, sizeOf } from './display.ts';
import { paintFor, truncate } from './format.ts';

/**
 * Does what takes long. How far it is, is told on a terminal, in one line that is gone afterwards; and nowhere else.
 *
 * @param work given what says what is done now
 */
export async function withProgress<T>(work: (show: (doing: string) => void) => T | Promise<T>): Promise<T> {
  const stream = process.stderr;
  if (!canRedraw(stream)) return work(() => {});
  const log = createLogUpdate(stream);
  const paint = paintFor(stream);
  try {
    return await work((doing) => log(paint.dim(truncate(`lion: ${doing}`, sizeOf(stream).columns))));
  } finally {
    log.clear();
    log.done();
  }
}
