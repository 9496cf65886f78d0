import { eventFields, operationFields } from '../../src/client/documents.ts';
import type { Client } from '../../src/client/index.ts';
import { parseOperationId } from '../../src/ids.ts';
import type { Shown, Status, Tokens } from './model.ts';

const jobFields = /* GraphQL */ `
  fragment JobFields on Event {
    ... on OperationQueued {
      operation {
        retryOf {
          id
        }
      }
    }
    ... on OperationSucceeded {
      output {
        ... on JobOutput {
          said
        }
      }
    }
  }
`;

const eventsDocument = `
  query($id: ID!, $after: Int, $first: Int, $before: Int, $last: Int) {
    session(id: $id) {
      lastSeq
      usage { inputTokens outputTokens }
      events(after: $after, first: $first, before: $before, last: $last) {
        nodes { ...EventFields ...JobFields }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
  ${eventFields} ${jobFields}`;

const operationsDocument = `
  query($id: ID!, $after: String, $first: Int) {
    session(id: $id) {
      operations(after: $after, first: $first) { nodes { ...OperationFields children { id } } pageInfo { hasNextPage endCursor } }
    }
  }
  ${operationFields}`;

type Raw = Record<string, unknown>;
const numberOf = (of: unknown): number | null => (of == null ? null : parseOperationId((of as { id: string }).id)!.number);

/** An event as the model knows it. What is told of an operation besides its number is of that operation, and not of the event. */
export function shown(raw: object): Shown {
  const { operation, unfinished, ...rest } = raw as Raw & { operation: Raw | null; unfinished?: unknown[] };
  const event: Raw = { ...rest, operation: numberOf(operation) };
  if (unfinished) event['unfinished'] = unfinished.map(numberOf);
  if (operation && 'parent' in operation) event['parent'] = numberOf(operation['parent']);
  if (operation && 'retryOf' in operation) event['retryOf'] = numberOf(operation['retryOf']);
  return Object.fromEntries(Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1))) as unknown as Shown;
}

export interface EventsPage {
  lastSeq: number;
  usage: Tokens;
  events: Shown[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: number | null; endCursor: number | null };
}

export type Place = { after?: number; first: number } | { before?: number; last: number };

/** A page of a history. @returns undefined when there is no such session */
export async function readPage(client: Client, id: string, place: Place): Promise<EventsPage | undefined> {
  const { session } = await client.query<{ session: (EventsPage & { events: { nodes: object[] } & EventsPage }) | null }>(
    eventsDocument,
    { id, ...place },
  );
  if (!session) return undefined;
  const { nodes, pageInfo } = session.events;
  return { lastSeq: session.lastSeq, usage: session.usage, events: nodes.map(shown), pageInfo };
}

/** Reads a history page by page, from a cursor on. @returns undefined when there is no such session (any more) */
export async function readForward(
  client: Client,
  id: string,
  after: number,
  first: number,
): Promise<Omit<EventsPage, 'pageInfo'> | undefined> {
  let page = await readPage(client, id, { after, first });
  const events = [...(page?.events ?? [])];
  while (page?.pageInfo.hasNextPage === true) {
    page = await readPage(client, id, { after: page.pageInfo.endCursor!, first });
    events.push(...(page?.events ?? []));
  }
  return page && { ...page, events };
}

/** Reads a history page by page, from its end to its beginning. @returns its events, oldest first */
export async function readBackward(client: Client, id: string, last: number): Promise<Shown[] | undefined> {
  const events: Shown[] = [];
  for (let before: number | undefined; ;) {
    const page = await readPage(client, id, { last, ...(before !== undefined && { before }) });
    if (!page) return undefined;
    events.unshift(...page.events);
    if (!page.pageInfo.hasPreviousPage) return events;
    before = page.pageInfo.startCursor!;
  }
}

export interface ShownOperation {
  number: number;
  status: Status;
  waitsForTurn: boolean;
  attempt: number;
  parent: number | null;
  children: number[];
  retryOf: number | null;
  error: { code: string } | null;
  usage: Tokens;
  asks: string | null;
}

interface OperationsPage {
  session: { operations: { nodes: Raw[]; pageInfo: { hasNextPage: boolean; endCursor: string } } } | null;
}

/** The operations of a session by their numbers, read page by page. */
export async function readOperations(client: Client, id: string, first: number): Promise<ShownOperation[] | undefined> {
  const operations: ShownOperation[] = [];
  for (let after: string | null = null; ;) {
    const answer: OperationsPage = await client.query(operationsDocument, { id, after, first });
    if (!answer.session) return undefined;
    const { nodes, pageInfo }: NonNullable<OperationsPage['session']>['operations'] = answer.session.operations;
    for (const { status, waitsForTurn, attempt, parent, children, retryOf, error, usage, inputRequest, ...node } of nodes)
      operations.push({
        number: numberOf(node)!,
        parent: numberOf(parent),
        children: (children as object[]).map((child) => numberOf(child)!),
        retryOf: numberOf(retryOf),
        asks: (inputRequest as { name: string } | null)?.name ?? null,
        ...({ status, waitsForTurn, attempt, error, usage } as Pick<
          ShownOperation,
          'status' | 'waitsForTurn' | 'attempt' | 'error' | 'usage'
        >),
      });
    if (!pageInfo.hasNextPage) return operations.reverse();
    after = pageInfo.endCursor;
  }
}
