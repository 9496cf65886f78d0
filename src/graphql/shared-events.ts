import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { messageOf } from '../errors.ts';
import type { Context } from './context.ts';
import { whileLetIn } from './while-let-in.ts';

/**
 * For how long a result is as good as new, in ms. An event shows its operation "as that is now": whoever comes later is given a
 * later look at it.
 */
const freshMs = 100;

interface Shared {
  at: number;
  result: Promise<ExecutionResult> | ExecutionResult;
}

/** By event, which all followers of a session share, and by who asks for what. */
type Results = Map<object, Map<string, Shared>>;

/** What was executed lately, and just before that. Not kept with the events: these stay far longer than a result is as good as new. */
let results: Results = new Map();
let resultsBefore: Results = new Map();
let renewedAt = 0;

/** The results of an event that may still be as good as new. */
function resultsOf(event: object, now: number): Map<string, Shared> {
  if (now - renewedAt >= freshMs) {
    resultsBefore = now - renewedAt < 2 * freshMs ? results : new Map();
    results = new Map();
    renewedAt = now;
  }
  let ofEvent = results.get(event);
  if (!ofEvent) results.set(event, (ofEvent = resultsBefore.get(event) ?? new Map<string, Shared>()));
  return ofEvent;
}

/**
 * Executes an event once for all subscriptions that ask the same of it, with the same rights: the same document, the same
 * variables, the same project, role and session of a token. They may be at different places: the variable that is nothing but the cursor is not looked at.
 * Whether one may follow at all is decided for each, when it subscribes; and each ends with its own key or token.
 */
export function shareEvents(): Plugin<Context> {
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(subscribeShared);
    },
  };
}

async function subscribeShared(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
  const { lion, viewer } = args.contextValue as Context;
  let release: () => void;
  try {
    release = viewer ? await lion.limits.subscription(viewer) : () => {};
  } catch (error) {
    // As if a resolver had thrown it: it is presented with all others.
    return { errors: [new GraphQLError(messageOf(error), { originalError: error as Error })] };
  }
  let events: Awaited<ReturnType<typeof createSourceEventStream>>;
  try {
    events = await createSourceEventStream(args);
  } catch (error) {
    release();
    throw error;
  }
  if (!(Symbol.asyncIterator in events)) {
    release();
    return events;
  }
  const source = whileLetIn(events[Symbol.asyncIterator](), args.contextValue as Context);
  const group = groupOf(args);
  const shown: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const { done, value } = await source.next().catch((error: unknown) => {
        release();
        throw error;
      });
      if (done === true) {
        release();
        return { done, value: undefined };
      }
      return { done: false, value: await resultOf(args, value as object, group) };
    },
    async return() {
      release();
      await source.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      release();
      await source.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => shown,
  };
  return shown;
}

function resultOf(args: ExecutionArgs, event: object, group: string): Promise<ExecutionResult> | ExecutionResult {
  const now = performance.now();
  const ofEvent = resultsOf(event, now);
  const known = ofEvent.get(group);
  if (known && now - known.at < freshMs) return known.result;
  const result = execute({ ...args, rootValue: event });
  ofEvent.set(group, { at: now, result });
  return result;
}

const documentIds = new WeakMap<DocumentNode, number>();
let documents = 0;

/** Names all subscriptions that are given the same result for the same event. */
function groupOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string {
  let id = documentIds.get(document);
  if (id === undefined) documentIds.set(document, (id = documents++));
  const { viewer } = contextValue as Context;
  const cursor = cursorVariable(document, operationName);
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== cursor);
  return JSON.stringify([id, operationName ?? null, viewer?.projectId, viewer?.role, viewer?.onlySession, variables]);
}

/** The variable that is the `after` of the subscription, and nothing else. */
function cursorVariable(document: DocumentNode, operationName: string | null | undefined): string | undefined {
  const operation = getOperationAST(document, operationName);
  const field = operation?.selectionSet.selections[0];
  if (field?.kind !== Kind.FIELD) return undefined;
  const value = field.arguments?.find((argument) => argument.name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  const text = document.loc?.source.body ?? '';
  // Once where it is declared, once where it is used.
  const uses = text.match(new RegExp(`\\$${name}(?![A-Za-z0-9_])`, 'g'))?.length;
  return uses === 2 ? name : undefined;
}
