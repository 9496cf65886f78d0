import type { SessionStatus } from '../client/index.ts';
import { connectToRead, type Printing } from './connect.ts';
import { notice } from './display.ts';
import { exitCodes } from './errors.ts';
import { oneLine, truncate } from './format.ts';
import { moreThere, readPages, type HowMany } from './pages.ts';
import { minute, printJson, printTable } from './table.ts';

export interface SessionsOptions extends HowMany, Printing {
  status?: string;
  title?: string;
}

/** `lion sessions`: lists the sessions, newest first. @returns the exit code */
export async function sessionsCommand(options: SessionsOptions): Promise<number> {
  const { json = false, status, title } = options;
  await using connection = await connectToRead(options);
  const filter = { status: status?.toUpperCase() as SessionStatus | undefined, titleContains: title };
  const { entries, isMore } = await readPages(options, (first, after) => connection.client.sessions({ first, after, filter }));
  if (json) printJson(entries);
  else if (entries.length === 0)
    process.stdout.write(`There are no ${(status ?? title) !== undefined ? 'such ' : ''}sessions.\n`);
  else {
    printTable(
      ['id', 'status', 'events', 'created', 'expires', 'title'],
      entries.map(({ id, title, status, lastSeq, createdAt, expiresAt }) => [
        id,
        status.toLowerCase(),
        String(lastSeq),
        minute(createdAt),
        minute(expiresAt, 'never'),
        truncate(oneLine(title ?? ''), 40),
      ]),
    );
    if (isMore) notice(moreThere(entries.length, 'session'));
  }
  return exitCodes.done;
}
