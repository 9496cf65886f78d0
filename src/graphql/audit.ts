import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import type { Prisma } from '../database/client.ts';
import { isAuditId } from '../ids.ts';
import { pageSizes, refuseCursor, refuseInvalidPage } from '../page.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';

type AuditRow = Prisma.AuditEntryGetPayload<object>;

/** Who did what in the project. */
export function addAudit(builder: Builder): void {
  const AuditEntry = builder.prismaObject('AuditEntry', {
    description:
      'Who created, changed, deleted, revoked, cancelled or answered something. It is stored along with what it tells of, never changes, and outlives it.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Prefixed with `aud_`, and ordered by time.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When.' }),
      action: t.exposeString('action', { description: 'What: the name of the mutation, as in `revokeKey`.' }),
      keyId: t.exposeID('keyId', {
        nullable: true,
        description: 'The key that asked, or whose token did; null where Lion itself did.',
      }),
      by: t.exposeString('by', { description: 'Who, in words.' }),
      subject: t.exposeID('subject', { description: 'The id of what it was done to.' }),
      details: t.expose('details', { type: 'JSON', description: 'More of it, by the action. Nothing that is secret.' }),
    }),
  });
  const AuditFilter = builder.inputType('AuditFilter', {
    description: 'Which entries: those for which all that is given holds.',
    fields: (t) => ({
      action: t.stringList({ description: 'Of one of these actions.' }),
      subject: t.id({ description: 'Done to what has this id.' }),
      keyId: t.id({ description: 'Asked with this key, or a token of it.' }),
      after: t.field({ type: 'DateTime', description: 'After this time.' }),
      before: t.field({ type: 'DateTime', description: 'Before this time.' }),
    }),
  });
  builder.queryField('audit', (t) =>
    t.connection(
      {
        type: AuditEntry,
        description: 'Who did what in the project, newest first.',
        args: { filter: t.arg({ type: AuditFilter, description: 'Only some of it.' }) },
        resolve: (_root, { filter, ...args }, context, info) => {
          refuseInvalidPage(args);
          const { action, subject, keyId, after: since, before: until } = filter ?? {};
          return resolveCursorConnection<Promise<AuditRow[]>>(
            { args, defaultSize: pageSizes.default, maxSize: pageSizes.max, toCursor: ({ id }: AuditRow) => id },
            ({ before, after, limit, inverted }): Promise<AuditRow[]> =>
              context.db.auditEntry.findMany({
                ...(queryFromInfo({ context, info, typeName: 'AuditEntry', paths: [['edges', 'node'], ['nodes']] }) as object),
                where: {
                  projectId: viewerOf(context).projectId,
                  AND: [
                    after === undefined ? {} : { id: { lt: isAuditId(after) ? after : refuseCursor('after') } },
                    before === undefined ? {} : { id: { gt: isAuditId(before) ? before : refuseCursor('before') } },
                    action ? { action: { in: action } } : {},
                    subject ? { subject } : {},
                    keyId ? { keyId } : {},
                    since ? { at: { gt: since } } : {},
                    until ? { at: { lt: until } } : {},
                  ],
                },
                orderBy: { id: inverted ? 'asc' : 'desc' },
                take: limit,
              }),
          );
        },
      },
      { name: 'AuditConnection', description: 'A page of the audit.' },
      { name: 'AuditEdge', description: 'An entry of the audit with its cursor.' },
    ),
  );
}
