import {
  budgetFields,
  systemFields,
  auditEntryFields,
  createdKeyFields,
  createdTokenFields,
  definitionFields,
  keyFields,
  keyLimitsFields,
  operationFields,
  pageInfoFields,
  sessionFields,
  usageGroupFields,
  viewerFields,
} from './documents.ts';
import { LionClientError, type InputIssue } from './errors.ts';
import type {
  AnswerOperationInput,
  BrainstormInput,
  Budget,
  AuditEntry,
  AuditFilter,
  CreatedKey,
  CreatedToken,
  CreateKeyInput,
  CreateTokenInput,
  CreateSessionInput,
  Definition,
  ForkSessionInput,
  Inputs,
  Key,
  KeyLimits,
  Operation,
  OnBusy,
  OperationBudgetInput,
  OperationFilter,
  OperationOptions,
  PageInfo,
  PerformInput,
  PlanInput,
  RunInput,
  SelectInput,
  Session,
  SessionFilter,
  SetBudgetInput,
  SetKeyLimitsInput,
  System,
  UpdateSessionInput,
  UsageGroup,
  UsageGrouping,
  Viewer,
} from './schema-types.ts';

/** Which part of a list: the first or the last so many, from a cursor on. */
export interface PageArguments {
  first?: number | undefined;
  after?: string | null | undefined;
  last?: number | undefined;
  before?: string | null | undefined;
}

export interface Page<Entry> {
  nodes: Entry[];
  pageInfo: PageInfo;
}

/** What a kind of operation takes: known for the built-in ones, and what its definition says for one of your own. */
export type InputOf<Kind extends string> = Kind extends keyof Inputs ? Inputs[Kind] : Record<string, unknown>;

/** The queries and mutations of the API. Each throws LionClientError with the code of what the server refuses. */
export interface Api {
  /** Who asks: the key. */
  viewer(): Promise<Viewer>;
  /** The kinds of operation that can be started. */
  definitions(): Promise<Definition[]>;
  /** What the model calls of the project used, by days. */
  usage(options?: { from?: string; to?: string; groupBy?: readonly UsageGrouping[] }): Promise<UsageGroup[]>;
  /** The budgets of the project and of its keys, with what is left of them. */
  budgets(): Promise<Budget[]>;
  /** How this Lion is, over all its projects. For admins. */
  system(): Promise<System>;
  /** @returns null where there is none that the key may see */
  session(id: string): Promise<Session | null>;
  /** The sessions of the project, newest first. */
  sessions(options?: PageArguments & { filter?: SessionFilter }): Promise<Page<Session>>;
  /** @returns null where there is none that the key may see */
  operation(id: string): Promise<Operation | null>;
  /** The operations of the project, newest first. */
  operations(options?: PageArguments & { filter?: OperationFilter }): Promise<Page<Operation>>;
  /** The keys of the project, those that have ended too, newest first. */
  keys(options?: PageArguments): Promise<Page<Key>>;
  /** How much a key of the project may do. @returns null where there is no such key */
  keyLimits(keyId: string): Promise<KeyLimits | null>;
  /** Gives a key limits of its own; what is left out or null is as it is for all. */
  setKeyLimits(input: SetKeyLimitsInput): Promise<KeyLimits>;
  /** Makes a key; its `secret` is shown this once. */
  createKey(input: CreateKeyInput): Promise<CreatedKey>;
  /** Gives a key a new secret; the former one works until the overlap is over. @param overlapSeconds 24 hours unless it is given */
  rotateKey(id: string, options?: { overlapSeconds?: number | undefined }): Promise<CreatedKey>;
  /** Ends a key at once, and what follows something by it. @param force also where it is the last admin key of the project */
  revokeKey(id: string, options?: { force?: boolean | undefined }): Promise<Key>;
  /** Makes a token: what a browser is given in place of a key. */
  createToken(input?: CreateTokenInput): Promise<CreatedToken>;
  /** Who did what in the project, newest first. */
  audit(options?: PageArguments & { filter?: AuditFilter }): Promise<Page<AuditEntry>>;
  createSession(input?: CreateSessionInput): Promise<Session>;
  /** Changes a session, and revives it when it has expired. */
  updateSession(input: UpdateSessionInput): Promise<Session>;
  /** Makes a session that shares the past of another up to an event. */
  forkSession(input: ForkSessionInput): Promise<Session>;
  /** Deletes a session with all that belongs to it. */
  deleteSession(id: string): Promise<{ id: string }>;
  /** Sets what the project or one of its keys may use in a period. @returns null where no limit is left */
  setBudget(input: SetBudgetInput): Promise<Budget | null>;
  /**
   * Starts an operation of any kind, your own definitions included.
   *
   * @returns the operation as it stands then: queued, or after `options.waitMs`
   */
  start<Kind extends string>(kind: Kind, input: InputOf<Kind>, options?: OperationOptions): Promise<Operation>;
  brainstorm(input: BrainstormInput, options?: OperationOptions): Promise<Operation>;
  plan(input: PlanInput, options?: OperationOptions): Promise<Operation>;
  select(input: SelectInput, options?: OperationOptions): Promise<Operation>;
  perform(input: PerformInput, options?: OperationOptions): Promise<Operation>;
  run(input: RunInput, options?: OperationOptions): Promise<Operation>;
  /** Stops an operation with its children. */
  cancelOperation(id: string): Promise<Operation>;
  /** Makes a new operation of one that failed or was cancelled, which goes on from what that one recorded. */
  retryOperation(
    id: string,
    options?: { onBusy?: OnBusy | undefined; budget?: OperationBudgetInput | undefined },
  ): Promise<Operation>;
  /**
   * Answers what an operation asks (`Operation.inputRequest`). The first answer that fits counts. One that does not is refused with
   * `ANSWER_INVALID` and `issues`, and can be given again.
   */
  answerOperation(input: AnswerOperationInput): Promise<Operation>;
}

type Query = <Data>(document: string, variables?: Record<string, unknown>) => Promise<Data>;

interface Call {
  of: 'query' | 'mutation';
  field: string;
  /** The types of the arguments. */
  types?: Record<string, string>;
  selection: string;
  fragments: string;
}

const pageTypes = { first: 'Int', after: 'String', last: 'Int', before: 'String' };
const page = (fragment: string): string => `{ nodes { ...${fragment} } pageInfo { ...PageInfoFields } }`;
const orError = (selection: string): string => `{ __typename ${selection} ... on Error { code message } }`;
const operationOrError = { selection: orError('...OperationFields'), fragments: operationFields };
const startedOrError = {
  selection: orError('...OperationFields ... on SessionBusyError { inTheWay: operation { id } }'),
  fragments: operationFields,
};
// Nothing that a client is expected to handle can go wrong there.
const createdSession = { selection: '{ __typename ...SessionFields }', fragments: sessionFields };
const keyOrError = { selection: orError('...KeyFields'), fragments: keyFields };
const createdKeyOrError = { selection: orError('...CreatedKeyFields'), fragments: createdKeyFields };
const sessionOrError = { selection: orError('...SessionFields'), fragments: sessionFields };

export function openApi(query: Query): Api {
  async function call<Result>(
    { of, field, types = {}, selection, fragments }: Call,
    variables: Record<string, unknown> = {},
  ): Promise<Result> {
    const names = Object.keys(types);
    const declared = names.length > 0 ? `(${names.map((name) => `$${name}: ${types[name]}`).join(', ')})` : '';
    const given = names.length > 0 ? `(${names.map((name) => `${name}: $${name}`).join(', ')})` : '';
    const document = `${of} ${field}${declared} { result: ${field}${given} ${selection} } ${fragments}`;
    const { result } = await query<{ result: Result }>(document, variables);
    const refused = result as {
      code?: string;
      message?: string;
      issues?: InputIssue[];
      inTheWay?: { id: string };
      __typename?: string;
    } | null;
    if (of === 'mutation' && refused?.code !== undefined)
      throw new LionClientError(refused.code, refused.message ?? '', {
        issues: refused.issues ?? [],
        operationId: refused.inTheWay?.id,
      });
    if (typeof refused === 'object' && refused !== null && !Array.isArray(refused)) delete refused.__typename;
    return result;
  }

  const start: Api['start'] = async (kind, input, options) => {
    if (!/^[A-Za-z]\w*$/.test(kind))
      throw new LionClientError('BAD_INPUT', `"${kind}" cannot be the name of a kind of operation.`);
    const types = { input: `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Input!`, options: 'OperationOptions' };
    return call({ of: 'mutation', field: kind, types, ...startedOrError }, { input, options });
  };
  const byId = { id: 'ID!' };

  return {
    viewer: () => call({ of: 'query', field: 'viewer', selection: '{ ...ViewerFields }', fragments: viewerFields }),
    definitions: () =>
      call({ of: 'query', field: 'definitions', selection: '{ ...DefinitionFields }', fragments: definitionFields }),
    usage: (options = {}) =>
      call(
        {
          of: 'query',
          field: 'usage',
          types: { from: 'DateTime', to: 'DateTime', groupBy: '[UsageGrouping!]' },
          selection: '{ ...UsageGroupFields }',
          fragments: usageGroupFields,
        },
        { ...options },
      ),
    budgets: () => call({ of: 'query', field: 'budgets', selection: '{ ...BudgetFields }', fragments: budgetFields }),
    system: () => call({ of: 'query', field: 'system', selection: '{ ...SystemFields }', fragments: systemFields }),
    session: (id) =>
      call({ of: 'query', field: 'session', types: byId, selection: '{ ...SessionFields }', fragments: sessionFields }, { id }),
    sessions: (options = {}) =>
      call(
        {
          of: 'query',
          field: 'sessions',
          types: { ...pageTypes, filter: 'SessionFilter' },
          selection: page('SessionFields'),
          fragments: sessionFields + pageInfoFields,
        },
        { ...options },
      ),
    operation: (id) =>
      call(
        { of: 'query', field: 'operation', types: byId, selection: '{ ...OperationFields }', fragments: operationFields },
        { id },
      ),
    operations: (options = {}) =>
      call(
        {
          of: 'query',
          field: 'operations',
          types: { ...pageTypes, filter: 'OperationFilter' },
          selection: page('OperationFields'),
          fragments: operationFields + pageInfoFields,
        },
        { ...options },
      ),
    keys: (options = {}) =>
      call(
        {
          of: 'query',
          field: 'keys',
          types: pageTypes,
          selection: page('KeyFields'),
          fragments: keyFields + pageInfoFields,
        },
        { ...options },
      ),
    keyLimits: (keyId) =>
      call(
        {
          of: 'query',
          field: 'keyLimits',
          types: { keyId: 'ID!' },
          selection: '{ ...KeyLimitsFields }',
          fragments: keyLimitsFields,
        },
        { keyId },
      ),
    setKeyLimits: (input) =>
      call(
        {
          of: 'mutation',
          field: 'setKeyLimits',
          types: { input: 'SetKeyLimitsInput!' },
          selection: '{ __typename ...KeyLimitsFields }',
          fragments: keyLimitsFields,
        },
        { input },
      ),
    createKey: (input) =>
      call(
        {
          of: 'mutation',
          field: 'createKey',
          types: { input: 'CreateKeyInput!' },
          selection: '{ __typename ...CreatedKeyFields }',
          fragments: createdKeyFields,
        },
        { input },
      ),
    rotateKey: (id, { overlapSeconds = 24 * 60 * 60 } = {}) =>
      call(
        { of: 'mutation', field: 'rotateKey', types: { ...byId, overlapSeconds: 'Int!' }, ...createdKeyOrError },
        { id, overlapSeconds },
      ),
    revokeKey: (id, { force = false } = {}) =>
      call({ of: 'mutation', field: 'revokeKey', types: { ...byId, force: 'Boolean!' }, ...keyOrError }, { id, force }),
    createToken: (input = {}) =>
      call(
        {
          of: 'mutation',
          field: 'createToken',
          types: { input: 'CreateTokenInput!' },
          selection: orError('...CreatedTokenFields'),
          fragments: createdTokenFields,
        },
        { input },
      ),
    audit: (options = {}) =>
      call(
        {
          of: 'query',
          field: 'audit',
          types: { ...pageTypes, filter: 'AuditFilter' },
          selection: page('AuditEntryFields'),
          fragments: auditEntryFields + pageInfoFields,
        },
        { ...options },
      ),
    createSession: (input = {}) =>
      call({ of: 'mutation', field: 'createSession', types: { input: 'CreateSessionInput!' }, ...createdSession }, { input }),
    forkSession: (input) =>
      call({ of: 'mutation', field: 'forkSession', types: { input: 'ForkSessionInput!' }, ...sessionOrError }, { input }),
    updateSession: (input) =>
      call({ of: 'mutation', field: 'updateSession', types: { input: 'UpdateSessionInput!' }, ...sessionOrError }, { input }),
    deleteSession: (id) =>
      call(
        {
          of: 'mutation',
          field: 'deleteSession',
          types: byId,
          selection: orError('... on DeletedSession { id }'),
          fragments: '',
        },
        { id },
      ),
    setBudget: (input) =>
      call(
        {
          of: 'mutation',
          field: 'setBudget',
          types: { input: 'SetBudgetInput!' },
          selection: '{ ...BudgetFields }',
          fragments: budgetFields,
        },
        { input },
      ),
    start,
    brainstorm: (input, options) => start('brainstorm', input, options),
    plan: (input, options) => start('plan', input, options),
    select: (input, options) => start('select', input, options),
    perform: (input, options) => start('perform', input, options),
    run: (input, options) => start('run', input, options),
    cancelOperation: (id) => call({ of: 'mutation', field: 'cancelOperation', types: byId, ...operationOrError }, { id }),
    retryOperation: (id, options = {}) =>
      call(
        {
          of: 'mutation',
          field: 'retryOperation',
          types: { ...byId, onBusy: 'OnBusy', budget: 'OperationBudgetInput' },
          ...startedOrError,
        },
        { id, ...options },
      ),
    answerOperation: (input) =>
      call(
        {
          of: 'mutation',
          field: 'answerOperation',
          types: { input: 'AnswerOperationInput!' },
          selection: orError('...OperationFields ... on AnswerInvalidError { issues { path message } }'),
          fragments: operationFields,
        },
        { input },
      ),
  };
}
