import { z } from 'zod';
import { tidy, type JsonSchema } from './naming.ts';

/** What answers consist of, by the names that the OpenAPI document has. */
const components = z.registry<{ id: string }>();

/** Names a schema in the document. */
export function component<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id });
  return schema;
}

const pathOf = (id: string): string => `#/components/schemas/${id}`;

/** All schemas that have a name, as JSON Schema. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(components, { uri: pathOf, override: ({ jsonSchema }) => tidy(jsonSchema as JsonSchema) });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, written]) => {
      const { $schema: _dialect, $id: _id, ...schema } = written;
      return [id, schema as JsonSchema];
    }),
  );
}

/** Where the document has a schema. */
export const refTo = (schema: z.ZodType): JsonSchema => ({ $ref: pathOf(components.get(schema)!.id) });

export const time = z.iso.datetime();
export const sessionId = z.string().describe('The id of a session: `ses_...`.');
export const operationIdText = z.string().describe('The id of an operation: `op_...`.');
export const anyJson = z.unknown();
const onBusy = z.enum(['PARALLEL', 'QUEUE', 'REJECT', 'CANCEL_PREVIOUS']);
const tokens = z.int().min(0);

export const usage = component(
  'Usage',
  z
    .object({
      input_tokens: tokens.describe('All input tokens, the cached ones among them.'),
      output_tokens: tokens.describe('All output tokens, reasoning among them.'),
      cached_tokens: tokens.describe('Input tokens that the provider had in its cache.'),
      reasoning_tokens: tokens.describe('Output tokens that were reasoning.'),
      cost: z.int().nullable().describe('In micro-US-dollars; null where the price of any of it is not known.'),
    })
    .describe('What model calls used.'),
);

export const failure = component(
  'OperationError',
  z
    .object({
      code: z.string().describe('For programs, such as `MODEL_UNAUTHORIZED`.'),
      message: z.string().describe('For people: what went wrong, and what to do.'),
      retryable: z.boolean().describe('Whether trying again, as it is, can help.'),
      budget: z
        .object({
          scope: z.enum(['PROJECT', 'KEY', 'SESSION', 'OPERATION']),
          id: z.string(),
          period: z.enum(['DAY', 'MONTH', 'TOTAL']),
          unit: z.enum(['TOKENS', 'MICRO_USD']),
          limit: z.number(),
          spent: z.number(),
          reserved: z.number().describe('What other calls may still use.'),
          needed: z.number().describe('What this one might have used.'),
          resets_at: time.nullable().describe('When it begins anew; null where it never does.'),
        })
        .optional()
        .describe('Of `BUDGET_EXCEEDED`: the budget into which a call did not fit.'),
    })
    .describe('Why an operation, or one try of a step, failed.'),
);

export const problem = component(
  'Problem',
  z
    .looseObject({
      type: z.string().describe('Names the kind of problem.'),
      title: z.string().describe('The kind of problem, in words.'),
      status: z.int().describe('The status of the answer.'),
      detail: z.string().describe('What was wrong, where, and what to do.'),
      code: z.string().describe('The kind of problem, for programs, such as `SESSION_EXPIRED`.'),
      retryable: z.boolean().describe('Whether the same request can succeed later.'),
      errors: z
        .array(
          z.object({
            field: z.string().describe('Where, as in `choices[2].label`.'),
            message: z.string().describe('What is wrong with it.'),
          }),
        )
        .optional()
        .describe('Each field that is wrong.'),
      last_seq: z.int().optional().describe('Where the history ends that was asked for beyond its end.'),
      operation_id: z.string().optional().describe('The operation that keeps its session busy.'),
      fault_id: z.string().optional().describe('Where the log of the server has what went wrong inside of it.'),
    })
    .describe('Why a request was not carried out: RFC 9457.'),
);

export const sessionFields = {
  session_id: sessionId,
  title: z.string().nullable().describe('What it is called.'),
  metadata: z.record(z.string(), anyJson).describe('What the client keeps with it.'),
  on_busy: onBusy.describe('What an operation that says nothing of it does where the session is busy.'),
  expires_at: time.nullable().describe('When it expires unless it is used before; null for never.'),
};

export const session = component(
  'Session',
  z
    .object({
      ...sessionFields,
      status: z.enum(['ACTIVE', 'EXPIRED']).describe('Whether it takes new work.'),
      created_at: time.describe('When it was created.'),
      last_seq: z.int().describe('The `seq` of its last event.'),
      usage: usage.describe('What all its operations have used so far.'),
      forked_from: z.string().nullable().describe('The session that it was forked from; null where it is no fork.'),
      fork_seq: z.int().describe('The last event that it shares, as a fork, with that session; 0 where it is none.'),
    })
    .describe('A durable context in which the agent works.'),
);

export const status = component(
  'OperationStatus',
  z
    .enum(['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])
    .describe('Where an operation stands. SUCCEEDED, FAILED and CANCELLED are final.'),
);

/** What each answer about an operation has. */
export const outcomeFields = {
  session_id: sessionId,
  operation_id: operationIdText,
  status,
};

const anyResult = z.record(z.string(), anyJson).nullable();

export const failedFields = {
  error: failure.optional().describe('Why it failed: there where it has.'),
  partial_result: z
    .record(z.string(), anyJson)
    .optional()
    .describe('What there is of a result although it failed: there where there is something.'),
};

export const planStep = component(
  'PlanStep',
  z
    .looseObject({
      id: z.string(),
      title: z.string(),
      description: z.string(),
      depends_on: z.array(z.string()),
      done_when: z.string(),
      part_of: z.string().nullable(),
      status: z.enum(['PLANNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED']),
      operation_id: z.string().nullable(),
    })
    .describe('A step of a plan, or a part of one.'),
);

export const inputRequest = component(
  'InputRequest',
  z
    .object({
      name: z.string().describe('Names it within its operation, for the answer.'),
      question: z.string().describe('What is asked.'),
      context: anyJson.describe('What there is to know for an answer.'),
      schema: z.record(z.string(), anyJson).describe('The shape of the answer: JSON Schema.'),
      complaint: z.string().nullable().describe('What was wrong with the answer before, where it asks again.'),
      requested_at: time.describe('Since when it is asked.'),
      until: time.nullable().describe('By when it has to be answered; null for no such time.'),
    })
    .describe('What an operation asks of a person.'),
);

export const operation = component(
  'Operation',
  z
    .object({
      ...outcomeFields,
      kind: z.string().describe('What it does: `brainstorm`, `plan`, `select`, `perform`, `run`, or a kind of your own.'),
      result: anyResult.describe('What it produced; null until it has succeeded.'),
      ...failedFields,
      input: z.record(z.string(), anyJson).describe('All that it was started with.'),
      attempt: z.int().describe('Which attempt at it is the latest: 1, 2, ...; 0 before the first.'),
      waits_for_turn: z.boolean().describe('Whether it is queued behind others of its session.'),
      input_request: inputRequest.nullable().describe('What it asks of a person now; null unless it does.'),
      name: z.string().nullable().describe('What its parent calls it.'),
      parent_id: z.string().nullable().describe('The operation that started it and waits for it.'),
      retry_of: z.string().nullable().describe('The operation whose recorded steps it goes on from.'),
      model: z.string().nullable().describe('The model that was chosen for it.'),
      usage: usage.describe('What it used, and its children that have ended.'),
      created_at: time.describe('When it was queued.'),
      started_at: time.nullable().describe('When its first attempt began.'),
      finished_at: time.nullable().describe('When it ended.'),
    })
    .describe('One execution of something that the agent can do.'),
);

export const sessionPage = component(
  'SessionPage',
  z.object({
    sessions: z.array(session).describe('Newest first.'),
    next: z.string().nullable().describe('What `after` takes for the next page; null where there is none.'),
  }),
);

export const operationPage = component(
  'OperationPage',
  z.object({
    operations: z.array(operation).describe('Newest first.'),
    next: z.string().nullable().describe('What `after` takes for the next page; null where there is none.'),
  }),
);

export const health = component('Health', z.object({ status: z.literal('ok') }).describe('It runs, and can store.'));
