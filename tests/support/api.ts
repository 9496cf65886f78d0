import { Prisma } from '../../src/database/client.ts';
import { storedTime } from '../../src/database/statements.ts';
import { newProjectId } from '../../src/ids.ts';
import type { GraphQLAnswer, TestLion } from './lion.ts';

/** How many rows there are of what requests leave behind. */
export async function rowsOf({ lion }: TestLion): Promise<Record<string, number>> {
  const { reader } = lion.database;
  const [sessions, operations, events, keys] = await Promise.all([
    reader.session.count(),
    reader.operation.count(),
    reader.event.count(),
    reader.idempotencyKey.count(),
  ]);
  return { sessions, operations, events, keys };
}

/** Another tenant of the same Lion. @returns its key */
export async function otherProject({ lion }: TestLion): Promise<string> {
  const id = newProjectId();
  await lion.database.commit(({ execute }) =>
    execute(Prisma.sql`INSERT INTO "Project" ("id", "name", "createdAt") VALUES (${id}, 'another', ${storedTime(new Date())})`),
  );
  return (await lion.keys.create(id, { role: 'admin', name: 'of another project' })).secret;
}

/** What an answer has, where it has to have something. @throws Error with the errors of the answer */
export function dataOf<T = GraphQLAnswer['data']>({ data, errors }: GraphQLAnswer): T {
  if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
  return data as T;
}

/** Looks again and again until something holds; what is waited for is a condition, and never a time. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMs = 20_000,
): Promise<T> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > giveUpAt) throw new Error(`It did not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A promise that a test fulfils when it is time. */
export function gate(): { opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
