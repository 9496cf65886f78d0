import { styleText } from 'node:util';
import type { Config } from '../config.ts';
import { serve, type LionServer } from '../http/server.ts';
import { openLion, type Lion, type LionOptions } from '../lion.ts';
import { ensureFirstKey, keyPathOf, readKey } from './first-key.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createLogger } from './logger.ts';

export interface StartOptions {
  /** Whether what is said at the start is one line of JSON, for programs. */
  json?: boolean;
  /** Told when it takes requests. */
  onListening?: () => void;
}

/**
 * Serves as `lion serve` does: makes the first key, says where it listens, and works until it is told to stop by SIGINT or
 * SIGTERM. What runs may then end, as long as the configuration says, and is handed back for the next start to go on with, if it has
 * not; told twice, it ends at once.
 *
 * @param options kinds of operation of your own, among others
 */
export async function serveUntilStopped(
  config: Config,
  options: LionOptions = {},
  { json = false, onListening }: StartOptions = {},
): Promise<void> {
  const told = listenForInterrupt(['SIGINT', 'SIGTERM']);
  const logger = options.logger ?? createLogger(config.logLevel);
  const lion = await openLion(config, { ...options, logger });
  try {
    const server = await serve(lion, config);
    // Made once it is sure to be shown.
    const key = await ensureFirstKey(lion);
    process.stdout.write(json ? started(server.url, lion, key) : banner(server.url, lion, key));
    logger.info({ url: server.url, model: lion.models.default.name, database: lion.database.path }, 'listening');
    onListening?.();
    await new Promise<void>((resolve) => {
      told.addEventListener('abort', () => resolve());
      if (told.aborted) resolve();
    });
    logger.info({ running: lion.agent.running }, 'stopping');
    await stop(lion, server, config.shutdownMs);
  } finally {
    await lion.close();
  }
}

/** Stops within that time, whatever does not: the last second of it, or a quarter, each for what has to be stopped, and for clients. */
async function stop(lion: Lion, server: LionServer, shutdownMs: number): Promise<void> {
  setTimeout(() => process.exit(), shutdownMs).unref();
  const shortMs = Math.min(1000, shutdownMs / 4);
  await lion.agent.stop({ workMs: shutdownMs - 2 * shortMs, unwindMs: shortMs });
  await server.close(shortMs);
}

/** What a program needs to know: `key` is there only when it was made just now. */
function started(url: string, { database, models }: Lion, key: string | undefined): string {
  const { name, reason } = models.default;
  return `${JSON.stringify({ url, model: name, modelReason: reason, database: database.path, keyFile: keyPathOf(database.path), key: key ?? null })}\n`;
}

function banner(url: string, { config, database, models }: Lion, key: string | undefined): string {
  const bold = (text: string): string => styleText('bold', text);
  const { name, reason } = models.default;
  const keyPath = keyPathOf(database.path);
  const lines = [
    '',
    `${bold('Lion')} listens on ${bold(url)}`,
    '',
    ...(config.graphiql ? [`  GraphiQL   ${url}/graphql in a browser`] : []),
    `  model      ${name}: ${reason}`,
    ...(name === 'builtin' ? ['             (a deterministic engine for trying Lion out, not a language model)'] : []),
    `  database   ${database.path}`,
    ...keyLines(key, database.path, config.apiKey !== undefined).map(
      (line, index) => `  ${index === 0 ? 'API key ' : '        '}   ${line}`,
    ),
    '',
    'Start an operation:',
    '',
    `  curl -s ${url}/graphql -H 'content-type: application/json' -H "x-api-key: ${config.apiKey === undefined ? `$(cat '${keyPath}')` : '$LION_API_KEY'}" \\`,
    `    -d '{"query":"mutation { brainstorm(input: {instruction: \\"Name a bakery\\"}, options: {waitMs: 30000}) { ... on Operation { id status output { ... on BrainstormOutput { ideas { title } } } } ... on Error { message } } }"}'`,
    '',
    'or, in another terminal:  npx lion run "Plan a web application for a village library"',
    '',
    '',
  ];
  return lines.join('\n');
}

/** What there is to say of the key. @param key when it was made just now */
function keyLines(key: string | undefined, databasePath: string, isDeployed: boolean): string[] {
  const keyPath = keyPathOf(databasePath);
  if (isDeployed) return ['the one in LION_API_KEY'];
  if (key !== undefined) return [styleText('bold', key), `shown this once; kept for this user in ${keyPath}`];
  if (readKey(databasePath) !== undefined) return [`as it was made before; kept for this user in ${keyPath}`];
  return [
    `as it was made before; its file ${keyPath} is gone.`,
    'While no Lion runs, any other command, such as lion sessions, makes a new one.',
  ];
}
