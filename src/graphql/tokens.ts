import { createToken, type Token } from '../access/create-token.ts';
import { tokenLife } from '../access/token.ts';
import { SessionNotFoundError } from '../sessions/errors.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';
import type { RoleRef } from './viewer.ts';

/** Tokens: what a browser is given in place of a key. */
export function addTokens(builder: Builder, Role: RoleRef): void {
  const CreatedToken = builder.objectRef<Token>('CreatedToken').implement({
    description:
      'A token: what a browser is given in place of a key. It is sent wherever a key is, and ends with the key that made it.',
    fields: (t) => ({
      token: t.exposeString('token', { description: 'What is sent. Lion does not keep it.' }),
      role: t.field({ type: Role, description: 'What it is for.', resolve: ({ role }) => role }),
      sessionId: t.exposeID('sessionId', {
        nullable: true,
        description: 'The one session that there is for it; null for all of the project.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it ends.' }),
    }),
  });
  const CreateTokenInput = builder.inputType('CreateTokenInput', {
    description: 'What a token is to be.',
    fields: (t) => ({
      sessionId: t.id({
        description:
          'The one session that there is to be for it: nothing else of the project exists then. Left out: all of the project.',
      }),
      role: t.field({ type: Role, description: 'No higher than that of who asks. Left out: VIEWER.' }),
      expiresInSeconds: t.int({
        description: `How long it works, in seconds: at most ${tokenLife.longest}, and no longer than what makes it. Left out: ${tokenLife.default}.`,
      }),
    }),
  });
  builder.mutationField('createToken', (t) =>
    t.field({
      type: CreatedToken,
      description: 'Makes a token, for a browser or whoever else is not to have a key.',
      args: { input: t.arg({ type: CreateTokenInput, required: true, description: 'What it is to be.' }) },
      errors: {
        types: [SessionNotFoundError],
        union: { name: 'CreateTokenResult', description: 'The token, or why there is none.' },
      },
      resolve: (_root, { input }, context) => createToken(context.lion, viewerOf(context), input),
    }),
  );
}
