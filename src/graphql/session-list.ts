import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { GraphQLResolveInfo } from 'graphql';
import type { Prisma, SessionRow } from '../database/client.ts';
import { InputInvalidError } from '../errors.ts';
import { isSessionId } from '../ids.ts';
import { longestTitle } from '../sessions/session.ts';
import { pageSizes } from './builder.ts';
import { viewerOf, type Context } from './context.ts';
import { refuseCursor, refuseInvalidPage } from './page.ts';

export interface SessionListArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: SessionFilter | null | undefined;
}

interface SessionFilter {
  status?: 'ACTIVE' | 'EXPIRED' | null | undefined;
  titleContains?: string | null | undefined;
  createdAfter?: Date | null | undefined;
  createdBefore?: Date | null | undefined;
}

/** A page of the sessions of a project, newest first. The cursor of a session is its id. */
export function listSessions({ filter, ...args }: SessionListArgs, context: Context, info: GraphQLResolveInfo) {
  refuseInvalidPage(args);
  const wanted = filter ?? {};
  refuseLongText(wanted);
  return resolveCursorConnection<Promise<SessionRow[]>>(
    { args, defaultSize: pageSizes.default, maxSize: pageSizes.max, toCursor: ({ id }: SessionRow) => id },
    async ({ before, after, limit, inverted }): Promise<SessionRow[]> => {
      const scope: Prisma.SessionWhereInput[] = [
        { projectId: viewerOf(context).projectId },
        after === undefined ? {} : { id: { lt: isSessionId(after) ? after : refuseCursor('after') } },
        before === undefined ? {} : { id: { gt: isSessionId(before) ? before : refuseCursor('before') } },
        matching(wanted, context.lion.clock.now()),
      ];
      const query = queryFromInfo({ context, info, typeName: 'Session', paths: [['edges', 'node'], ['nodes']] }) as object;
      const page: SessionRow[] = [];
      for (let last: SessionRow | undefined; ;) {
        const rows: SessionRow[] = await context.db.session.findMany({
          ...query,
          where: { AND: [...scope, last ? { id: { [inverted ? 'gt' : 'lt']: last.id } } : {}] },
          orderBy: { id: inverted ? 'asc' : 'desc' },
          take: limit,
        });
        page.push(...rows.filter(({ title }) => holds(title, wanted.titleContains)));
        if (rows.length < limit || page.length >= limit) return page.slice(0, limit);
        last = rows.at(-1);
      }
    },
  );
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
