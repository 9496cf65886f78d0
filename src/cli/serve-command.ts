import { setFlagsFromString } from 'node:v8';
import { configFromEnv } from '../config.ts';
import type { Printing } from './connect.ts';

/**
 * `lion serve`. While it starts, V8 is told to keep its heap small: it would otherwise grow by 25 MB for what is garbage a moment
 * later, and keep them. Once it serves, V8 does as it likes.
 */
export async function serveCommand({ json = false }: Printing): Promise<void> {
  setFlagsFromString('--optimize-for-size');
  // Imported when needed: the other commands are clients, and start faster without a server.
  const { serveUntilStopped } = await import('./serve.ts');
  await serveUntilStopped(configFromEnv(), {}, { json, onListening: () => setFlagsFromString('--no-optimize-for-size') });
}
