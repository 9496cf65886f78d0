import type { Prisma, PrismaClient, SessionRow } from '../database/client.ts';
import { InputInvalidError } from '../errors.ts';
import { isSessionId, type Scope } from '../ids.ts';
import { refuseCursor, type Stretch } from '../page.ts';
import { sessionsIn } from './scope.ts';
import { longestTitle } from './session.ts';

export interface SessionFilter {
  status?: 'ACTIVE' | 'EXPIRED' | null | undefined;
  titleContains?: string | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/**
 * The sessions of a project, newest first. The cursor of a session is its id.
 *
 * @param query what of them is asked for besides, as Prisma takes it
 * @throws InputInvalidError
 */
export async function listSessions(
  db: PrismaClient,
  { scope: of, now, filter }: { scope: Scope; now: Date; filter: SessionFilter },
  { before, after, limit, inverted }: Stretch,
  query: object = {},
): Promise<SessionRow[]> {
  refuseLongText(filter);
  const scope: Prisma.SessionWhereInput[] = [
    sessionsIn(of),
    after === undefined ? {} : { id: { lt: isSessionId(after) ? after : refuseCursor('after') } },
    before === undefined ? {} : { id: { gt: isSessionId(before) ? before : refuseCursor('before') } },
    matching(filter, now),
  ];
  const page: SessionRow[] = [];
  for (let last: SessionRow | undefined; ;) {
    const rows: SessionRow[] = await db.session.findMany({
      ...query,
      where: { AND: [...scope, last ? { id: { [inverted ? 'gt' : 'lt']: last.id } } : {}] },
      orderBy: { id: inverted ? 'asc' : 'desc' },
      take: limit,
    });
    page.push(...rows.filter(({ title }) => holds(title, filter.titleContains)));
    if (rows.length < limit || page.length >= limit) return page.slice(0, limit);
    last = rows.at(-1);
  }
}

function matching({ status, titleContains, createdAfter, createdBefore }: SessionFilter, now: Date): Prisma.SessionWhereInput {
  const expired: Prisma.SessionWhereInput = {
    head: { OR: [{ expiredAt: { not: null } }, { expiresAt: { lte: now }, unfinished: 0 }] },
  };
  return {
    AND: [
      status === 'EXPIRED' ? expired : status === 'ACTIVE' ? { NOT: expired } : {},
      titleContains ? { title: { contains: titleContains } } : {},
      createdAfter ? { createdAt: { gt: createdAfter } } : {},
      createdBefore ? { createdAt: { lt: createdBefore } } : {},
    ],
  };
}

/** Whether a title holds a text as it is: to the database, `%` and `_` stand for anything. */
function holds(title: string | null, text: string | null | undefined): boolean {
  return !text || (title !== null && asciiLower(title).includes(asciiLower(text)));
}

const asciiLower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

function refuseLongText({ titleContains }: SessionFilter): void {
  if (titleContains && titleContains.length > longestTitle)
    throw new InputInvalidError([
      { path: 'filter.titleContains', message: `must be at most ${longestTitle} characters, as titles are` },
    ]);
}
