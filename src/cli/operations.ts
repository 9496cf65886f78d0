import type { Operation, OperationFilter, OperationStatus, PageInfo } from '../client/index.ts';
import { connectToRead, type Printing } from './connect.ts';
import { notice } from './display.ts';
import { CliError, exitCodes } from './errors.ts';
import { duration, grouped, money, oneLine, truncate } from './format.ts';
import { moreThere, readPages, type HowMany } from './pages.ts';
import { minute, printJson, printTable } from './table.ts';

export interface OperationsOptions extends HowMany, Printing {
  session?: string;
  status?: string[];
  kind?: string[];
  /** Whether those that others started are shown as well. */
  children?: boolean;
}

type Listed = Pick<Operation, 'id' | 'kind' | 'status' | 'instruction' | 'createdAt' | 'startedAt' | 'finishedAt' | 'usage'>;

/** `lion operations`: lists the operations, newest first. @returns the exit code */
export async function operationsCommand(options: OperationsOptions): Promise<number> {
  const { session, status, kind, children = false, json = false } = options;
  await using connection = await connectToRead(options);
  const { client } = connection;
  const filter: OperationFilter = {
    status: status?.map((one) => one.toUpperCase() as OperationStatus),
    kind,
    topLevel: children ? undefined : true,
  };
  const { entries, isMore } = await readPages(options, async (first, after) => {
    const variables = { first, after, filter };
    if (session === undefined) return (await client.query<{ operations: OperationPage }>(ofProject, variables)).operations;
    const found = await client.query<{ session: { operations: OperationPage } | null }>(ofSession, { ...variables, session });
    if (!found.session) throw new CliError(`There is no session ${session}.`);
    return found.session.operations;
  });
  if (json) printJson(entries);
  else if (entries.length === 0)
    process.stdout.write(`There are no ${(session ?? status ?? kind) !== undefined ? 'such ' : ''}operations.\n`);
  else {
    printTable(['id', 'kind', 'status', 'created', 'took', 'tokens', 'cost', 'instruction'], entries.map(rowOf));
    if (isMore) notice(moreThere(entries.length, 'operation'));
  }
  return exitCodes.done;
}

function rowOf({ id, kind, status, createdAt, startedAt, finishedAt, usage, instruction }: Listed): string[] {
  return [
    id,
    kind,
    status.toLowerCase(),
    minute(createdAt),
    startedAt === null ? '' : duration(Date.parse(finishedAt ?? new Date().toISOString()) - Date.parse(startedAt)),
    grouped(usage.inputTokens + usage.outputTokens),
    usage.cost === null ? '?' : money(usage.cost),
    truncate(oneLine(instruction ?? ''), 40),
  ];
}

interface OperationPage {
  nodes: Listed[];
  pageInfo: PageInfo;
}

const page = /* GraphQL */ `
  (first: $first, after: $after, filter: $filter) {
    nodes {
      id
      kind
      status
      instruction
      model
      createdAt
      startedAt
      finishedAt
      usage {
        inputTokens
        outputTokens
        cost
      }
      error {
        code
        message
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
`;
const ofProject = `query Operations($first: Int, $after: String, $filter: OperationFilter) { operations${page} }`;
const ofSession = `query OperationsOfSession($session: ID!, $first: Int, $after: String, $filter: OperationFilter) {
  session(id: $session) { operations${page} }
}`;
