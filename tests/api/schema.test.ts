import { readFileSync } from 'node:fs';
import {
  buildSchema as parseSchema,
  findBreakingChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from 'graphql';
import { expect, test } from 'vitest';
import { printApi } from '../../src/graphql/print.ts';
import { buildSchema } from '../../src/graphql/schema.ts';

const schema = buildSchema();
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const fieldsOf = (type: GraphQLNamedType) =>
  isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];

test('schema.graphql is the API: `npm run schema` prints it', () => {
  expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).toBe(printApi(schema));
});

test('what is printed is the whole schema, and what can be asked comes first', () => {
  const printed = printApi(schema);
  expect(findBreakingChanges(schema, parseSchema(printed))).toEqual([]);
  expect(findBreakingChanges(parseSchema(printed), schema)).toEqual([]);
  const names = [...printed.matchAll(/^(?:type|interface|union|input|enum|scalar) (\w+)/gm)].map(([, name]) => name);
  expect(names.slice(0, 3)).toEqual(['Query', 'Mutation', 'Subscription']);
  expect(new Set(names)).toEqual(new Set(types.map(({ name }) => name)));
});

test('everything has a description', () => {
  const without: string[] = [];
  const check = (name: string, { description }: { description?: string | null | undefined }): void => {
    if (!description?.trim()) without.push(name);
  };
  for (const type of types) {
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    for (const field of fieldsOf(type)) {
      check(`${type.name}.${field.name}`, field);
      if ('args' in field) for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name}:)`, arg);
    }
  }
  expect(without).toEqual([]);
});

/** Of each field name: the types that it has. */
function typesByField(members: readonly GraphQLObjectType[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const field of members.flatMap((member) => Object.values(member.getFields())))
    found.set(field.name, (found.get(field.name) ?? new Set()).add(String(field.type)));
  return found;
}

test('a field has one type across the members of a union, and across the types of events', () => {
  const together = [...types.filter(isUnionType), ...types.filter(isInterfaceType).filter(({ name }) => name === 'Event')];
  expect(together.length).toBeGreaterThan(10);
  for (const type of together)
    for (const [field, of] of typesByField(schema.getPossibleTypes(type)))
      expect([type.name, field, [...of]]).toEqual([type.name, field, [[...of][0]]]);
});

test('every event type has a type of its own, and every error is an Error', () => {
  const eventType = schema.getType('EventType');
  const events = schema.getPossibleTypes(schema.getType('Event') as never).map(({ name }) => name);
  expect(
    isEnumType(eventType) &&
      eventType
        .getValues()
        .map(({ name }) => name)
        .toSorted(),
  ).toEqual(events.toSorted());
  const errors = types
    .filter(isUnionType)
    .flatMap((union) => union.getTypes())
    .filter(({ name }) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThan(5);
  for (const error of errors) expect([error.name, error.getInterfaces().map(String)]).toEqual([error.name, ['Error']]);
});

/** What DESIGN.md has of the API, but for what the issue leaves for later. */
const design = `
type Query {
  viewer: Viewer!
  node(id: ID!): Node
  session(id: ID!): Session
  sessions(first: Int, after: String, last: Int, before: String, filter: SessionFilter): SessionConnection!
  operation(id: ID!): Operation
  operations(first: Int, after: String, last: Int, before: String, filter: OperationFilter): OperationConnection!
  definitions: [Definition!]!
}
type Mutation {
  createSession(input: CreateSessionInput!): CreateSessionResult!
  updateSession(input: UpdateSessionInput!): UpdateSessionResult!
  deleteSession(id: ID!): DeleteSessionResult!
  brainstorm(input: BrainstormInput!, options: OperationOptions): BrainstormResult!
  plan(input: PlanInput!, options: OperationOptions): PlanResult!
  select(input: SelectInput!, options: OperationOptions): SelectResult!
  perform(input: PerformInput!, options: OperationOptions): PerformResult!
  run(input: RunInput!, options: OperationOptions): RunResult!
  cancelOperation(id: ID!): CancelOperationResult!
  retryOperation(id: ID!, onBusy: OnBusy): RetryOperationResult!
  answerOperation(input: AnswerOperationInput!): AnswerOperationResult!
}
type Subscription {
  sessionEvents(sessionId: ID!, after: Int! = 0, types: [EventType!]): Event!
  operationEvents(operationId: ID!, after: Int! = 0, types: [EventType!]): Event!
}
input OperationOptions { sessionId: ID idempotencyKey: String model: String timeoutMs: Int waitMs: Int! = 0 onBusy: OnBusy }
input BrainstormInput { instruction: String! guidance: String context: JSON count: Int! = 3 explore: Boolean! = false concurrency: Int }
input PlanInput { instruction: String! guidance: String context: JSON steps: Int expand: Boolean! = false execute: Boolean! = false concurrency: Int }
input SelectInput { instruction: String! guidance: String context: JSON choices: [ChoiceInput!]! criteria: String max: Int! = 1 by: Selector! = MODEL }
enum Selector { MODEL PERSON }
input AnswerOperationInput { operationId: ID! name: String! answer: JSON }
input ChoiceInput { id: ID label: String! content: JSON }
input PerformInput { instruction: String! guidance: String context: JSON }
input RunInput { instruction: String! guidance: String context: JSON count: Int! = 3 steps: Int execute: Boolean! = false concurrency: Int }
input CreateSessionInput { title: String metadata: JSON ttlSeconds: Int onBusy: OnBusy }
input UpdateSessionInput { id: ID! onBusy: OnBusy }
input SessionFilter { titleContains: String }
input OperationFilter { kind: [String!] }
interface Node { id: ID! }
interface Error { message: String! code: ErrorCode! }
interface Event { session: Session! seq: Int! type: EventType! at: DateTime! operation: Operation }
type Session implements Node {
  id: ID! title: String metadata: JSON! status: SessionStatus! createdAt: DateTime! expiresAt: DateTime lastSeq: Int! onBusy: OnBusy!
  events(after: Int, first: Int, before: Int, last: Int, types: [EventType!]): EventConnection!
  operations(first: Int, after: String, last: Int, before: String, filter: OperationFilter): OperationConnection!
}
type Operation implements Node {
  id: ID! session: Session! kind: String! status: OperationStatus! attempt: Int!
  instruction: String guidance: String context: JSON input: JSON! output: OperationOutput error: OperationError
  parent: Operation children: [Operation!]! retryOf: Operation model: String usage: Usage!
  createdAt: DateTime! startedAt: DateTime finishedAt: DateTime
  events(after: Int, first: Int, before: Int, last: Int, types: [EventType!]): EventConnection!
}
type OperationError { code: String! message: String! retryable: Boolean! }
type Usage { inputTokens: Int64! outputTokens: Int64! cachedTokens: Int64! reasoningTokens: Int64! cost: Int64 }
type BrainstormOutput { ideas: [Idea!]! }
type Idea { id: ID! title: String! description: String! rationale: String! development: Operation }
type PlanOutput { steps: [PlanStep!]! }
type PlanStep { id: ID! title: String! description: String! dependsOn: [ID!]! doneWhen: String! status: PlanStepStatus! operation: Operation }
type SelectOutput { selected: [Selection!]! }
type Selection { choice: Choice! score: Float rationale: String }
type Choice { id: ID! label: String! content: JSON }
type PerformOutput { text: String! }
type RunOutput { ideas: [Idea!]! selectedIdea: Idea! steps: [PlanStep!]! }
union OperationOutput = BrainstormOutput | PlanOutput | SelectOutput | PerformOutput | RunOutput
union BrainstormResult = Operation | SessionNotFoundError | SessionExpiredError | SessionBusyError | IdempotencyConflictError | ModelUnknownError
union PlanResult = Operation | SessionNotFoundError | SessionExpiredError | SessionBusyError | IdempotencyConflictError | ModelUnknownError
union SelectResult = Operation | SessionNotFoundError | SessionExpiredError | SessionBusyError | IdempotencyConflictError | ModelUnknownError
union PerformResult = Operation | SessionNotFoundError | SessionExpiredError | SessionBusyError | IdempotencyConflictError | ModelUnknownError
union RunResult = Operation | SessionNotFoundError | SessionExpiredError | SessionBusyError | IdempotencyConflictError | ModelUnknownError
union CreateSessionResult = Session
union UpdateSessionResult = Session | SessionNotFoundError
union DeleteSessionResult = DeletedSession | SessionNotFoundError
union CancelOperationResult = Operation | OperationNotFoundError | OperationFinishedError
union RetryOperationResult = Operation | OperationNotFoundError | OperationNotRetryableError | SessionExpiredError | SessionBusyError
union AnswerOperationResult = Operation | OperationNotFoundError | OperationNotWaitingError | InputAlreadyReceivedError | AnswerInvalidError
type DeletedSession { id: ID! }
${[
  'SessionNotFound',
  'SessionExpired',
  'SessionBusy',
  'IdempotencyConflict',
  'ModelUnknown',
  'OperationNotFound',
  'OperationFinished',
  'OperationNotRetryable',
  'OperationNotWaiting',
  'InputAlreadyReceived',
  'AnswerInvalid',
]
  .map((name) => `type ${name}Error implements Error { message: String! code: ErrorCode! }`)
  .join('\n')}
${Object.entries({
  SessionCreated: '',
  SessionUpdated: '',
  SessionExpired: '',
  OperationQueued: 'kind: String! input: JSON!',
  OperationStarted: 'attempt: Int! model: String',
  OperationRecovered: 'attempt: Int! stepsReused: [String!]! stepsRepeated: [String!]!',
  OperationSucceeded: 'output: OperationOutput!',
  OperationFailed: 'error: OperationError!',
  OperationCancelled: 'by: String!',
  OperationWaiting: 'waitingFor: WaitReason! until: DateTime',
  InputRequested: 'name: String! question: String! schema: JSON! until: DateTime',
  InputReceived: 'by: String! answer: JSON',
  StepStarted: 'step: String! try: Int!',
  StepRetrying: 'step: String! try: Int! error: OperationError! when: DateTime!',
  StepSucceeded: 'step: String! try: Int! usage: Usage! model: String',
  TextDelta: 'step: String! try: Int! text: String!',
  IdeaProposed: 'step: String! try: Int! idea: Idea!',
  PlanStepProposed: 'step: String! try: Int! planStep: PlanStep!',
  ChoiceScored: 'step: String! try: Int! choice: Choice! score: Float rationale: String',
})
  .map(
    ([name, own]) =>
      `type ${name} implements Event { session: Session! seq: Int! type: EventType! at: DateTime! operation: Operation ${own} }`,
  )
  .join('\n')}
type SessionConnection { edges: [SessionEdge!]! nodes: [Session!]! pageInfo: PageInfo! }
type OperationConnection { edges: [OperationEdge!]! nodes: [Operation!]! pageInfo: PageInfo! }
type EventConnection { edges: [EventEdge!]! nodes: [Event!]! pageInfo: EventPageInfo! }
type SessionEdge { cursor: String! node: Session! }
type OperationEdge { cursor: String! node: Operation! }
type EventEdge { cursor: Int! node: Event! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type EventPageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: Int endCursor: Int }
type Viewer { keyId: ID! }
type Definition { kind: String! }
enum WaitReason { PERSON TIME }
enum OnBusy { PARALLEL QUEUE REJECT CANCEL_PREVIOUS }
enum EventType { SessionCreated }
enum ErrorCode { SESSION_NOT_FOUND }
enum SessionStatus { ACTIVE EXPIRED }
enum PlanStepStatus { PLANNED RUNNING SUCCEEDED FAILED }
enum OperationStatus { QUEUED RUNNING WAITING SUCCEEDED FAILED CANCELLED }
scalar DateTime
scalar JSON
scalar Int64
`;

test('all that the design names is there', () => {
  expect(findBreakingChanges(parseSchema(design), schema)).toEqual([]);
});
