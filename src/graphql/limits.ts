import { callerOf } from '../access/viewer.ts';
import { KeyNotFoundError } from '../access/errors.ts';
import type { OwnLimits } from '../access/key-limits.ts';
import { TooManyOperationsError, TooManySessionsError } from '../access/limit-errors.ts';
import { largestLimit, type Allowance } from '../access/limit-settings.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';

const what: Record<keyof Allowance, string> = {
  requests: 'Requests a minute.',
  operations: 'Operations started a minute, without their children.',
  concurrent:
    'Operations that are queued or running at a time; neither their children nor those that wait for a person or a time count.',
  subscriptions: 'Subscriptions that are open at a time.',
  connections: 'WebSockets, and streams that several operations share, that are open at a time.',
  sessions: 'Sessions that are stored, expired ones included, until they are deleted.',
};
const names = Object.keys(what) as (keyof Allowance)[];

/** How much keys may do. */
export function addLimits(builder: Builder) {
  const LimitScope = builder.enumType('LimitScope', {
    description: 'Whose a limit is.',
    values: {
      KEY: { description: 'Of the key that asks.' },
      PROJECT: { description: 'Of all keys of the project together.' },
      ADDRESS: { description: 'Of the address that is asked from.' },
      CONNECTION: { description: 'Of the connection that is asked over.' },
    } as const,
  });
  for (const error of [TooManyOperationsError, TooManySessionsError]) {
    builder.objectFields(error, (t) => ({
      of: t.field({ type: LimitScope, description: 'Whose limit it is.', resolve: ({ of }) => of }),
      max: t.exposeInt('most', { description: 'How many there may be.' }),
    }));
  }
  builder.objectField(TooManyOperationsError, 'retryAfterMs', (t) =>
    t.exposeInt('retryAfterMs', { description: 'When to look again: nobody knows when others end.' }),
  );

  const KeyLimits = builder.objectRef<OwnLimits & { keyId: string }>('KeyLimits').implement({
    description: 'How much a key may do, where it has limits of its own: null where it has those that all keys have.',
    fields: (t) => ({
      keyId: t.exposeID('keyId', { description: 'The key.' }),
      ...(Object.fromEntries(
        names.map((name) => [name, t.exposeInt(name, { nullable: true, description: what[name] })]),
      ) as Record<keyof Allowance, ReturnType<typeof t.exposeInt<'requests', true>>>),
    }),
  });
  const SetKeyLimitsInput = builder.inputType('SetKeyLimitsInput', {
    description: `How much a key may do: numbers up to ${largestLimit}. What is left out stays as it is; null is for what all keys have.`,
    fields: (t) => ({
      keyId: t.id({ required: true, description: 'The key.' }),
      requests: t.int({ description: what.requests }),
      operations: t.int({ description: what.operations }),
      concurrent: t.int({ description: what.concurrent }),
      subscriptions: t.int({ description: what.subscriptions }),
      connections: t.int({ description: what.connections }),
      sessions: t.int({ description: what.sessions }),
    }),
  });
  builder.mutationField('setKeyLimits', (t) =>
    t.field({
      type: KeyLimits,
      description: 'Gives a key of the project limits of its own, in force at once. What is open already stays open.',
      args: { input: t.arg({ type: SetKeyLimitsInput, required: true, description: 'The limits.' }) },
      errors: {
        types: [KeyNotFoundError],
        union: { name: 'SetKeyLimitsResult', description: 'The limits as they are now, or why they were not set.' },
      },
      resolve: async (_root, { input: { keyId, ...limits } }, context) => {
        const viewer = viewerOf(context);
        return { keyId, ...(await context.lion.limits.keys.set(viewer.projectId, keyId, limits, callerOf(viewer))) };
      },
    }),
  );
  builder.queryField('keyLimits', (t) =>
    t.field({
      type: KeyLimits,
      nullable: true,
      description: 'How much a key of the project may do; null where there is no such key.',
      args: { keyId: t.arg.id({ required: true, description: 'The key.' }) },
      resolve: async (_root, { keyId }, context) => {
        const limits = await context.lion.limits.keys.find(viewerOf(context).projectId, keyId);
        return limits ? { keyId, ...limits } : null;
      },
    }),
  );
  return KeyLimits;
}

export type KeyLimitsRef = ReturnType<typeof addLimits>;
