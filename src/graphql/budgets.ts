import { callerOf } from '../access/viewer.ts';
import type { Budget as BudgetRow, BudgetAmount as Amount } from '../access/budget.ts';
import type { ExceededBudget } from '../history/event.ts';
import type { Builder } from './builder.ts';
import { viewerOf } from './context.ts';

/** How much model calls may use, and what is left of it. */
export function addBudgets(builder: Builder) {
  const BudgetScope = builder.enumType('BudgetScope', {
    description: 'Whose a budget is.',
    values: {
      PROJECT: { description: 'All of the project.' },
      KEY: { description: 'What was started with a key, and what that started.' },
      SESSION: { description: 'What was started in a session.' },
      OPERATION: { description: 'An operation and its descendants.' },
    } as const,
  });
  const BudgetPeriod = builder.enumType('BudgetPeriod', {
    description: 'How long a budget is to last.',
    values: {
      DAY: { description: 'A day, in UTC; then it begins anew.' },
      MONTH: { description: 'A calendar month, in UTC; then it begins anew.' },
      TOTAL: { description: 'For ever.' },
    } as const,
  });
  const BudgetUnit = builder.enumType('BudgetUnit', {
    description: 'What a limit counts.',
    values: {
      TOKENS: { description: 'Input and output tokens.' },
      MICRO_USD: { description: 'Micro-US-dollars.' },
    } as const,
  });

  const BudgetAmount = builder.objectRef<Amount>('BudgetAmount').implement({
    description: 'What there is of one limit: tokens, or micro-US-dollars.',
    fields: (t) => ({
      limit: t.expose('limit', { type: 'Int64', description: 'What may be used.' }),
      spent: t.expose('spent', { type: 'Int64', description: 'What was used, `assumed` among it.' }),
      assumed: t.expose('assumed', {
        type: 'Int64',
        description:
          'The part of `spent` that nobody counted: calls that were broken off, or lost in a crash, count with what was reserved for them.',
      }),
      reserved: t.expose('reserved', { type: 'Int64', description: 'What the calls that are under way may use at most.' }),
      remaining: t.expose('remaining', { type: 'Int64', description: 'What is left: a call that may need more is not made.' }),
    }),
  });
  const Budget = builder.objectRef<BudgetRow>('Budget').implement({
    description: 'How much the model calls of something may use in a period. A call counts in all budgets that apply to it.',
    fields: (t) => ({
      scope: t.field({ type: BudgetScope, description: 'Whose it is.', resolve: ({ scope }) => scope }),
      subjectId: t.exposeID('id', { description: 'The id of the project, the key, the session or the operation.' }),
      period: t.field({ type: BudgetPeriod, description: 'How long it is to last.', resolve: ({ period }) => period }),
      resetsAt: t.expose('resetsAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it begins anew; null where it never does.',
      }),
      tokens: t.expose('tokens', {
        type: BudgetAmount,
        nullable: true,
        description: 'Input and output tokens; null where they have no limit.',
      }),
      costMicroUsd: t.expose('costMicroUsd', {
        type: BudgetAmount,
        nullable: true,
        description: 'What calls cost, in micro-US-dollars; null where that has no limit.',
      }),
    }),
  });
  const Exceeded = builder.objectRef<ExceededBudget>('ExceededBudget').implement({
    description: 'A budget into which a call did not fit, as it stood then.',
    fields: (t) => ({
      scope: t.field({ type: BudgetScope, description: 'Whose it is.', resolve: ({ scope }) => scope }),
      subjectId: t.exposeID('id', { description: 'The id of the project, the key, the session or the operation.' }),
      period: t.field({ type: BudgetPeriod, description: 'How long it is to last.', resolve: ({ period }) => period }),
      unit: t.field({ type: BudgetUnit, description: 'What it counts, as do the figures.', resolve: ({ unit }) => unit }),
      limit: t.expose('limit', { type: 'Int64', description: 'What may be used.' }),
      spent: t.expose('spent', { type: 'Int64', description: 'What was used.' }),
      reserved: t.expose('reserved', { type: 'Int64', description: 'What other calls that were under way might still use.' }),
      needed: t.expose('needed', {
        type: 'Int64',
        description: 'What the call might have used, with the shortest answer that is worth it.',
      }),
      resetsAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it begins anew; null where it never does.',
        resolve: ({ resetsAt }) => (resetsAt === null ? null : new Date(resetsAt)),
      }),
    }),
  });

  const limits = {
    tokens: 'How many input and output tokens may be used.',
    costMicroUsd:
      'What calls may cost, in micro-US-dollars. A model whose price is not known is then not asked: `MODEL_PRICE_UNKNOWN`.',
  };
  const OperationBudgetInput = builder.inputType('OperationBudgetInput', {
    description: 'How much an operation and its descendants may use: tokens, money, or both.',
    fields: (t) => ({
      tokens: t.field({ type: 'Int64', description: limits.tokens }),
      costMicroUsd: t.field({ type: 'Int64', description: limits.costMicroUsd }),
    }),
  });
  const SessionBudgetInput = builder.inputType('SessionBudgetInput', {
    description: 'How much the operations of a session may use in a period: tokens, money, or both.',
    fields: (t) => ({
      period: t.field({ type: BudgetPeriod, required: true, defaultValue: 'TOTAL', description: 'How long it is to last.' }),
      tokens: t.field({ type: 'Int64', description: limits.tokens }),
      costMicroUsd: t.field({ type: 'Int64', description: limits.costMicroUsd }),
    }),
  });
  const SetBudgetInput = builder.inputType('SetBudgetInput', {
    description: 'What a project or a key may use in a period. A limit that is left out stays as it is; null takes it away.',
    fields: (t) => ({
      scope: t.field({
        type: BudgetScope,
        required: true,
        description:
          'PROJECT or KEY. The budgets of a session are set with `createSession` and `updateSession`, that of an operation with its `options`.',
      }),
      id: t.id({ description: 'Of the key. Left out: the project.' }),
      period: t.field({ type: BudgetPeriod, required: true, description: 'How long it is to last.' }),
      tokens: t.field({ type: 'Int64', description: limits.tokens }),
      costMicroUsd: t.field({ type: 'Int64', description: limits.costMicroUsd }),
    }),
  });

  builder.queryFields((t) => ({
    budgets: t.field({
      type: [Budget],
      description: 'The budgets of the project, and then those of its keys, with what is left of them.',
      resolve: (_root, _args, context) => context.lion.budgets.ofProject(viewerOf(context).projectId),
    }),
  }));
  builder.mutationFields((t) => ({
    setBudget: t.field({
      type: Budget,
      nullable: true,
      description:
        'Sets what the project or one of its keys may use in a period. What was used in it before counts. Null where no limit is left.',
      args: { input: t.arg({ type: SetBudgetInput, required: true, description: 'The budget.' }) },
      resolve: async (_root, { input }, context) => {
        const viewer = viewerOf(context);
        return (await context.lion.budgets.set(viewer.projectId, input as never, callerOf(viewer))) ?? null;
      },
    }),
  }));
  return { Budget, Exceeded, OperationBudgetInput, SessionBudgetInput };
}

export type BudgetTypes = ReturnType<typeof addBudgets>;
