import type { Viewer } from '../access/key.ts';
import type { AnyDefinition } from '../operations/definition.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';
import { jsonSchemaOf } from './custom-types.ts';

/** Who asks, and what can be asked for. */
export function addViewer(builder: Builder) {
  const Role = builder.enumType('Role', {
    description: 'What a key is for.',
    values: {
      VIEWER: { value: 'viewer', description: 'To look, live too.' },
      OPERATOR: { value: 'operator', description: 'To work: all that a viewer may, and to start, steer and stop operations.' },
      ADMIN: { value: 'admin', description: 'To administer: all that an operator may, and to delete sessions and manage keys.' },
    } as const,
  });
  const Project = builder.prismaObject('Project', {
    description: 'The tenant: sessions and keys belong to exactly one.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Prefixed with `prj_`.' }),
      name: t.exposeString('name', { description: 'What it is called.' }),
    }),
  });
  const DefaultModel = builder.objectRef<{ name: string; reason: string }>('DefaultModel').implement({
    description: 'The model that is asked where an operation names none.',
    fields: (t) => ({
      name: t.exposeString('name', {
        description: '`provider/name`; `builtin` is the embedded one, which is no language model but a deterministic engine.',
      }),
      reason: t.exposeString('reason', { description: 'Why it was chosen.' }),
    }),
  });
  const ViewerType = builder.objectRef<Viewer>('Viewer').implement({
    description: 'Who asks: a key, or a token that was made with it.',
    fields: (t) => ({
      keyId: t.exposeID('keyId', { description: 'Prefixed with `key_`.' }),
      keyName: t.exposeString('keyName', { description: 'What the key is called.' }),
      role: t.field({ type: Role, description: 'What the key is for.', resolve: ({ role }) => role }),
      project: t.prismaField({
        type: Project,
        description: 'The project of the key.',
        resolve: (query, { projectId }, _args, { db }) => db.project.findUniqueOrThrow({ ...query, where: { id: projectId } }),
      }),
      isToken: t.exposeBoolean('isToken', { description: 'Whether a token was given, and not the key itself.' }),
      sessionId: t.id({
        nullable: true,
        description: 'The one session that there is for the token; null for all of the project.',
        resolve: ({ onlySession }) => onlySession ?? null,
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the key or the token ends by itself; null for never.',
        resolve: ({ expiresAt }) => expiresAt ?? null,
      }),
      defaultModel: t.field({
        type: DefaultModel,
        description: 'The model that is asked where an operation names none.',
        resolve: (_viewer, _args, { lion }) => lion.models.default,
      }),
    }),
  });
  const Definition = builder.objectRef<AnyDefinition>('Definition').implement({
    description: 'A kind of operation: what can be started, by the mutation of its name.',
    fields: (t) => ({
      kind: t.exposeString('kind', { description: 'Its name.' }),
      version: t.exposeInt('version', {
        description: 'Counted up when it changes in a way that older operations cannot go on with.',
      }),
      description: t.exposeString('description', { description: 'What it does.' }),
      inputSchema: t.field({
        type: 'JSON',
        description: 'What it takes, as JSON Schema.',
        resolve: ({ input }) => jsonSchemaOf(input, 'input'),
      }),
      outputSchema: t.field({
        type: 'JSON',
        description: 'What it produces, as JSON Schema.',
        resolve: ({ output }) => jsonSchemaOf(output, 'output'),
      }),
    }),
  });
  builder.queryFields((t) => ({
    viewer: t.field({ type: ViewerType, description: 'Who asks.', resolve: (_root, _args, context) => viewerOf(context) }),
    definitions: t.field({
      type: [Definition],
      description: 'The kinds of operation that can be started.',
      resolve: (_root, _args, { lion }) => [...lion.definitions.values()],
    }),
  }));
  return Role;
}

export type RoleRef = ReturnType<typeof addViewer>;
