import { usageByDay, type UsageGroup } from '../operations/usage-by-day.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';

export interface UsageFields {
  inputTokens: number | bigint;
  outputTokens: number | bigint;
  cachedTokens: number | bigint;
  reasoningTokens: number | bigint;
  cost: number | bigint | null;
}

/** What a period is grouped by, as the columns of its table. */
const groupings = { MODEL: 'model', KIND: 'kind', KEY: 'keyId', DAY: 'day' } as const;

/** What model calls used: of whatever holds it, and of the project over a period. */
export function addUsage(builder: Builder) {
  const Usage = builder.objectRef<UsageFields>('Usage').implement({
    description: 'What model calls used.',
    fields: (t) => ({
      inputTokens: t.expose('inputTokens', { type: 'Int64', description: 'All input tokens, the cached ones among them.' }),
      outputTokens: t.expose('outputTokens', { type: 'Int64', description: 'All output tokens, reasoning among them.' }),
      cachedTokens: t.expose('cachedTokens', { type: 'Int64', description: 'Input tokens that the provider had in its cache.' }),
      reasoningTokens: t.expose('reasoningTokens', { type: 'Int64', description: 'Output tokens that were reasoning.' }),
      cost: t.expose('cost', {
        type: 'Int64',
        nullable: true,
        description: 'In micro-US-dollars; null where the price of any of it is not known.',
      }),
    }),
  });

  const UsageGrouping = builder.enumType('UsageGrouping', {
    description: 'What usage is added up by.',
    values: {
      MODEL: { description: 'The model, as it was asked for.' },
      KIND: { description: 'The kind of operation.' },
      KEY: { description: 'The key that started the operation.' },
      DAY: { description: 'The day, in UTC.' },
    } as const,
  });
  const Group = builder.objectRef<UsageGroup>('UsageGroup').implement({
    description: 'What the model calls of one group used. What it is not grouped by is null.',
    fields: (t) => ({
      model: t.exposeString('model', { nullable: true, description: '`provider/name`, or `builtin`.' }),
      kind: t.exposeString('kind', { nullable: true, description: 'The kind of operation.' }),
      keyId: t.exposeID('keyId', {
        nullable: true,
        description: 'The key that started the operation; null also where none did.',
      }),
      day: t.exposeString('day', { nullable: true, description: 'As in `2026-11-25`, in UTC.' }),
      calls: t.expose('calls', {
        type: 'Int64',
        description: 'How many calls: those that failed after they had used something, too.',
      }),
      unpricedCalls: t.expose('unpricedCalls', { type: 'Int64', description: 'How many of them have no known price.' }),
      usage: t.expose('usage', { type: Usage, description: 'What they used.' }),
    }),
  });

  builder.queryFields((t) => ({
    usage: t.field({
      type: [Group],
      description:
        'What the model calls of the project used over a period of whole days (UTC), most recent and largest first. It is kept when sessions are deleted.',
      args: {
        from: t.arg({ type: 'DateTime', description: 'The first day. Left out: 30 days before `to`.' }),
        to: t.arg({ type: 'DateTime', description: 'The last day, which is included. Left out: today.' }),
        groupBy: t.arg({ type: [UsageGrouping], description: 'Left out: all in one.' }),
      },
      resolve: (_root, { from, to, groupBy }, context) => {
        const by = (groupBy ?? []).map((grouping) => groupings[grouping]);
        return usageByDay(context.lion.database, { projectId: viewerOf(context).projectId, from, to, by });
      },
    }),
  }));
  return Usage;
}

export type UsageRef = ReturnType<typeof addUsage>;
