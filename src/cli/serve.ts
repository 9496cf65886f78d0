import { styleText } from 'node:util';
import type { Config } from '../config.ts';
import { serve } from '../http/server.ts';
import { openLion } from '../lion.ts';
import { ensureFirstKey, keyPathOf } from './first-key.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createLogger } from './logger.ts';

/** `lion serve`: serves until it is told to stop; told twice, it ends at once. */
export async function serveCommand(config: Config): Promise<void> {
  const told = listenForInterrupt(['SIGINT', 'SIGTERM']);
  const logger = createLogger(config.logLevel);
  const lion = await openLion(config, { logger });
  try {
    const key = await ensureFirstKey(lion);
    const server = await serve(lion, config);
    process.stdout.write(banner(server.url, lion, key));
    logger.info({ url: server.url, model: lion.models.default.name, database: lion.database.path }, 'listening');
    await new Promise<void>((resolve) => {
      told.addEventListener('abort', () => resolve());
      if (told.aborted) resolve();
    });
    logger.info('stopping');
    await server.close();
  } finally {
    await lion.close();
  }
}

function banner(url: string, { database, models }: Awaited<ReturnType<typeof openLion>>, key: string | undefined): string {
  const bold = (text: string): string => styleText('bold', text);
  const { name, reason } = models.default;
  const keyPath = keyPathOf(database.path);
  const lines = [
    '',
    `${bold('Lion')} listens on ${bold(url)}`,
    '',
    `  GraphiQL   ${url}/graphql in a browser`,
    `  model      ${name}: ${reason}`,
    ...(name === 'builtin' ? ['             (a deterministic engine for trying Lion out, not a language model)'] : []),
    `  database   ${database.path}`,
    ...(key === undefined
      ? [`  API key    as it was made on the first start; this machine keeps it in ${keyPath}`]
      : [`  API key    ${bold(key)}`, `             shown this once; kept for this user in ${keyPath}`]),
    '',
    'Start an operation:',
    '',
    `  curl -s ${url}/graphql -H 'content-type: application/json' -H "x-api-key: $(cat '${keyPath}')" \\`,
    `    -d '{"query":"mutation { brainstorm(input: {instruction: \\"Name a bakery\\"}, options: {waitMs: 30000}) { ... on Operation { id status output { ... on BrainstormOutput { ideas { title } } } } ... on Error { message } } }"}'`,
    '',
    'or, in another terminal:  npx lion run "Plan a web application for a village library"',
    '',
    '',
  ];
  return lines.join('\n');
}
