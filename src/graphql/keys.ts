import { queryFromInfo } from '@pothos/plugin-prisma';
import { resolveCursorConnection } from '@pothos/plugin-relay';
import { KeyNotFoundError, KeyNotRotatableError, LastAdminKeyError } from '../access/errors.ts';
import { callerOf, type Role } from '../access/viewer.ts';
import type { Prisma } from '../database/client.ts';
import { isKeyId } from '../ids.ts';
import { pageSizes, refuseCursor, refuseInvalidPage } from '../page.ts';
import type { Builder } from './builder.ts';
import { viewerOf, type Context } from './context.ts';
import type { KeyLimitsRef } from './limits.ts';
import type { RoleRef } from './viewer.ts';

type KeyRow = Prisma.KeyGetPayload<object>;

/** The keys of the project, and what can be done with them. */
export function addKeys(builder: Builder, Role: RoleRef, KeyLimits: KeyLimitsRef): void {
  const KeyStatus = builder.enumType('KeyStatus', {
    description: 'Whether a key works.',
    values: {
      ACTIVE: { description: 'It works.' },
      EXPIRED: { description: 'Its time is over.' },
      REVOKED: { description: 'It was revoked.' },
    } as const,
  });
  builder.prismaObject('FormerSecret', {
    description: 'A secret that a key had before it was rotated.',
    fields: (t) => ({
      prefix: t.exposeString('prefix', { description: 'How it begins.' }),
      endsAt: t.expose('endsAt', { type: 'DateTime', description: 'Until when it works, unless its key ends before.' }),
      lastUsedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was last used. Once nobody does, the overlap can be cut short: rotate again, or wait for its end.',
        resolve: ({ hash, lastUsedAt }, _args, { lion }) => lion.keys.lastUse.ofSecret(hash) ?? lastUsedAt,
      }),
    }),
  });
  const Key = builder.prismaObject('Key', {
    description: 'An API key. Its secret is known to whoever was shown it: only its SHA-256 is kept.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Prefixed with `key_`. It stays when the key is rotated.' }),
      name: t.exposeString('name', { description: 'What it is called.' }),
      role: t.field({ type: Role, description: 'What it is for.', resolve: ({ role }) => role as Role }),
      prefix: t.exposeString('prefix', { description: 'How its secret begins, to tell keys apart.' }),
      status: t.field({
        type: KeyStatus,
        description: 'Whether it works.',
        resolve: ({ revokedAt, expiresAt }, _args, { lion }) => {
          if (revokedAt) return 'REVOKED';
          return expiresAt && expiresAt <= lion.clock.now() ? 'EXPIRED' : 'ACTIVE';
        },
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it ends by itself; null for never.',
      }),
      revokedAt: t.expose('revokedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was revoked; null unless it was.',
      }),
      lastUsedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it, or a token of it, was last used; null for never.',
        resolve: ({ id, lastUsedAt }, _args, { lion }) => lion.keys.lastUse.of(id) ?? lastUsedAt,
      }),
      limits: t.field({
        type: KeyLimits,
        description: 'How much it may do, where it has limits of its own.',
        resolve: async ({ id }, _args, { lion }) => ({ keyId: id, ...(await lion.limits.keys.of(id)) }),
      }),
      formerSecrets: t.relation('formerSecrets', {
        query: { orderBy: { endsAt: 'desc' }, take: 10 },
        description: 'The secrets that it had before it was rotated: those of the last ten times, the latest first.',
      }),
    }),
  });

  builder.queryField('keys', (t) =>
    t.connection(
      {
        type: Key,
        description: 'The keys of the project, those that have ended too, newest first.',
        resolve: (_root, args, context, info) => {
          refuseInvalidPage(args);
          return resolveCursorConnection<Promise<KeyRow[]>>(
            { args, defaultSize: pageSizes.default, maxSize: pageSizes.max, toCursor: ({ id }: KeyRow) => id },
            ({ before, after, limit, inverted }): Promise<KeyRow[]> => {
              const query = queryFromInfo({ context, info, typeName: 'Key', paths: [['edges', 'node'], ['nodes']] }) as object;
              return context.db.key.findMany({
                ...query,
                where: {
                  projectId: viewerOf(context).projectId,
                  AND: [
                    after === undefined ? {} : { id: { lt: isKeyId(after) ? after : refuseCursor('after') } },
                    before === undefined ? {} : { id: { gt: isKeyId(before) ? before : refuseCursor('before') } },
                  ],
                },
                orderBy: { id: inverted ? 'asc' : 'desc' },
                take: limit,
              });
            },
          );
        },
      },
      { name: 'KeyConnection', description: 'A page of keys.' },
      { name: 'KeyEdge', description: 'A key with its cursor.' },
    ),
  );

  const read = (query: object, id: string, context: Context) => context.db.key.findUniqueOrThrow({ ...query, where: { id } });

  const CreatedKey = builder.objectRef<{ id: string; secret: string }>('CreatedKey').implement({
    description: 'A key with its secret, which is shown this once.',
    fields: (t) => ({
      key: t.prismaField({
        type: Key,
        description: 'The key.',
        resolve: (query, { id }, _args, context) => read(query, id, context),
      }),
      secret: t.exposeString('secret', {
        description: 'What is sent as `X-API-Key`: `lion_` and 256 random bits. It can never be shown again.',
      }),
    }),
  });
  const CreateKeyInput = builder.inputType('CreateKeyInput', {
    description: 'A new key.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'What it is called, for people: at most 100 characters.' }),
      role: t.field({ type: Role, required: true, description: 'What it is for.' }),
      expiresInSeconds: t.int({ description: 'How long it works, in seconds. Left out, or null: for ever.' }),
    }),
  });
  const id = { required: true, description: 'As in `Key.id`.' } as const;

  builder.mutationFields((t) => ({
    createKey: t.field({
      type: CreatedKey,
      description: 'Makes a key to the project.',
      args: { input: t.arg({ type: CreateKeyInput, required: true, description: 'What it is to be.' }) },
      errors: { types: [], union: { name: 'CreateKeyResult', description: 'The new key.' } },
      resolve: (_root, { input }, context) => {
        const viewer = viewerOf(context);
        return context.lion.keys.create(viewer.projectId, input, callerOf(viewer));
      },
    }),
    rotateKey: t.field({
      type: CreatedKey,
      description:
        'Gives a key a new secret, at once. The former one works until the overlap is over: time to bring the new one to where it is used. Name, role and accounts stay.',
      args: {
        id: t.arg.id(id),
        overlapSeconds: t.arg.int({
          required: true,
          defaultValue: 24 * 60 * 60,
          description:
            'For how long the former secret still works, in seconds: at most thirty days. 0: not at all, as for one that leaked. What follows something by it, and the tokens that were made with it, end with it.',
        }),
      },
      errors: {
        types: [KeyNotFoundError, KeyNotRotatableError],
        union: { name: 'RotateKeyResult', description: 'The key with its new secret, or why it has none.' },
      },
      resolve: (_root, { id: keyId, overlapSeconds }, context) => {
        const viewer = viewerOf(context);
        return context.lion.keys.rotate(viewer.projectId, keyId, overlapSeconds, callerOf(viewer));
      },
    }),
    revokeKey: t.prismaField({
      type: Key,
      description:
        'Ends a key at once, with the tokens that were made with it. Whatever follows something by it ends, too. One that is revoked stays so.',
      args: {
        id: t.arg.id(id),
        force: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Also where it is the last key that can administer the project.',
        }),
      },
      errors: {
        types: [KeyNotFoundError, LastAdminKeyError],
        union: { name: 'RevokeKeyResult', description: 'The revoked key, or why it was not.' },
      },
      resolve: async (query, _root, { id: keyId, force }, context) => {
        const viewer = viewerOf(context);
        return read(query, await context.lion.keys.revoke(viewer.projectId, keyId, force, callerOf(viewer)), context);
      },
    }),
  }));
}
