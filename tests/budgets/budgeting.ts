import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataOf } from '../support/api.ts';
import type { TestLion } from '../support/lion.ts';
import type { ProviderExchange } from '../support/provider-server.ts';

export interface Amount {
  limit: number;
  spent: number;
  assumed: number;
  reserved: number;
  remaining: number;
}

export interface Shown {
  scope: string;
  subjectId: string;
  period: string;
  resetsAt: string | null;
  tokens: Amount | null;
  costMicroUsd: Amount | null;
}

const amount = '{ limit spent assumed reserved remaining }';
export const budgetFields = `{ scope subjectId period resetsAt tokens ${amount} costMicroUsd ${amount} }`;
export const errorFields =
  '{ code message retryable budget { scope subjectId period unit limit spent reserved needed resetsAt } }';

export async function setBudget(lion: TestLion, input: Record<string, unknown>): Promise<Shown | null> {
  const document = `mutation($input: SetBudgetInput!) { setBudget(input: $input) ${budgetFields} }`;
  return dataOf(await lion.query(document, { input })).setBudget;
}

export async function budgetsOf(lion: TestLion): Promise<Shown[]> {
  return dataOf(await lion.query(`{ budgets ${budgetFields} }`)).budgets;
}

export async function budgetsOfSession(lion: TestLion, id: string): Promise<Shown[]> {
  return dataOf(await lion.query(`query($id: ID!) { session(id: $id) { budgets ${budgetFields} } }`, { id })).session.budgets;
}

/** What all rows of reservations come to. */
export async function reservationsIn({ lion }: TestLion): Promise<number> {
  return lion.database.reader.reservation.count();
}

export interface Outcome {
  id: string;
  status: string;
  session: { id: string };
  usage: { inputTokens: number; outputTokens: number; cost: number | null };
  error: { code: string; message: string; retryable: boolean; budget: Record<string, unknown> | null } | null;
  budget: Shown | null;
}

const operationFields = `id status session { id } usage { inputTokens outputTokens cost } error ${errorFields} budget ${budgetFields}`;
const outcomeFields = `{ ... on Operation { ${operationFields} } ... on Error { code message } }`;

/** Carries something out, and waits for its end. */
export async function perform(lion: TestLion, options: Record<string, unknown> = {}, key?: string): Promise<Outcome> {
  const document = `mutation($options: OperationOptions) { perform(input: { instruction: "Say something" }, options: $options) ${outcomeFields} }`;
  return dataOf(await lion.query(document, { options: { waitMs: 30_000, ...options } }, key)).perform;
}

export async function outcomeOf(lion: TestLion, id: string): Promise<Outcome> {
  return dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { ${operationFields} } }`, { id })).operation;
}

/** Prices of the models that tests ask: 1 dollar for a million input tokens, 10 for as many output tokens. */
export function pricesIn(folder: string): string {
  const file = join(folder, 'prices.json');
  writeFileSync(file, JSON.stringify({ 'openai-compatible/small': { input: 1, output: 10 } }));
  return file;
}

/** Answers, and says that the call used so many tokens. */
export const using =
  (used: (exchange: ProviderExchange) => { input: number; output: number }, text = 'Something') =>
  (exchange: ProviderExchange): void => {
    const { input, output } = used(exchange);
    const chunk = { id: 'chat-1', object: 'chat.completion.chunk', created: 1, model: exchange.body.model };
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    exchange.writeText(text);
    exchange.writeRaw(
      `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n` +
        `data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
    exchange.end();
  };

/** What `perform` needs for one call at most, in tokens. */
export async function neededFor(lion: TestLion, input: Record<string, unknown> = { scope: 'PROJECT' }): Promise<number> {
  await setBudget(lion, { ...input, period: 'TOTAL', tokens: 0 });
  const { error } = await perform(lion);
  await setBudget(lion, { ...input, period: 'TOTAL', tokens: null });
  return error!.budget!['needed'] as number;
}
