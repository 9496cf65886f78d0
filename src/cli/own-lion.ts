import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createClient } from '../client/index.ts';
import type { Connection, ConnectOptions } from './connect.ts';
import { embeddedConfig } from './local.ts';
import { createLogger } from './logger.ts';

/** What is done with the exchanges with models. */
export type Tape = { record: string } | { replay: string };

/**
 * Connects to a Lion that is opened for this connection alone, with a database of its own that is gone afterwards: what is
 * recorded or played back is nothing that any other Lion has said or is to remember.
 *
 * @throws LionError
 */
export async function connectToOwn(tape: Tape, { onNotice }: Pick<ConnectOptions, 'onNotice'>): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'lion-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  // Where the process is ended in the midst of it, too.
  process.once('exit', remove);
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of opened.toReversed()) await each();
    process.off('exit', remove);
    remove();
  };
  try {
    const config = {
      ...embeddedConfig(),
      databaseUrl: `file:${join(folder, 'lion.db')}`,
      recordFile: 'record' in tape ? tape.record : undefined,
      replayFile: 'replay' in tape ? tape.replay : undefined,
    };
    // Imported when needed: a client of a Lion that runs starts faster.
    const [{ openLion }, { serve }] = await Promise.all([import('../lion.ts'), import('../http/server.ts')]);
    const lion = await openLion(config, { logger: createLogger(config.logLevel) });
    opened.push(() => lion.close());
    const { secret: key } = await lion.keys.create(lion.defaultProjectId, { role: 'admin', name: 'key of this command' });
    const server = await serve(lion, { ...config, host: '127.0.0.1', port: 0 });
    opened.push(() => server.close());
    const client = createClient({ url: server.url, key, webSocketImpl: WebSocket });
    opened.push(() => client.close());
    const doing = 'record' in tape ? `recording to ${tape.record}` : `replaying ${tape.replay}`;
    onNotice(`${doing}, in a Lion of its own that is gone afterwards`);
    return { client, isEmbedded: () => true, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
