import { type Client, type LionClientError, outputFields } from '../client/index.ts';
import { paintFor } from './format.ts';
import { sizeOf, type Display } from './display.ts';
import { CliError } from './errors.ts';
import { renderCost, renderOutput, type EndedOperation } from './result.ts';

export interface FollowSettings {
  after?: number;
  /** Ends it at once. */
  signal?: AbortSignal;
  /** Told when events flow again after the connection was lost. */
  onReconnect?: () => void;
  /** For how long the server may be gone. @default for ever */
  giveUpMs?: number;
}

/** Shows an operation until it has ended. @returns the operation @throws CliError when it is gone */
export async function followOperation(
  client: Client,
  id: string,
  display: Display,
  settings: FollowSettings,
): Promise<EndedOperation> {
  const { after = 0, signal, onReconnect, giveUpMs } = settings;
  const giveUp = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onDisconnect = (why: LionClientError): void => {
    display.status(`${why.message.replace(/\.$/, '')}; trying again`);
    if (giveUpMs === undefined) return;
    const error = new CliError(`${why.message} The operation goes on once a Lion has its database again: lion watch ${id}`);
    timer ??= setTimeout(() => giveUp.abort(error), giveUpMs);
  };
  const events = client.followOperation(id, {
    after,
    signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal,
    onDisconnect,
    onReconnect() {
      clearTimeout(timer);
      timer = undefined;
      display.status();
      onReconnect?.();
    },
  });
  try {
    for await (const event of events) display.event(event);
  } finally {
    clearTimeout(timer);
    display.end();
  }
  return readOperation(client, id);
}

/** @throws CliError when there is none */
async function readOperation(client: Client, id: string): Promise<EndedOperation> {
  const { operation } = await client.query<{ operation: (EndedOperation & { planSteps: CarriedOut[] | null }) | null }>(
    operationDocument,
    { id },
  );
  if (!operation) throw new CliError(`There is no operation ${id} any more: its session was deleted.`);
  return { ...operation, results: new Map((operation.planSteps ?? []).flatMap(resultsOf)) };
}

/** A step of a plan with what came of it. */
interface CarriedOut {
  operation: { id: string; output: { text?: string } | null } | null;
  steps?: CarriedOut[];
}

const resultsOf = ({ operation, steps = [] }: CarriedOut): [operationId: string, text: string][] => [
  ...(operation?.output?.text === undefined ? [] : [[operation.id, operation.output.text] as [string, string]]),
  ...steps.flatMap(resultsOf),
];

const operationDocument = /* GraphQL */ `
  query Operation($id: ID!) {
    operation(id: $id) {
      id
      kind
      status
      model
      createdAt
      finishedAt
      output {
        ...OperationOutputFields
      }
      partialOutput {
        ...OperationOutputFields
      }
      planSteps {
        ...CarriedOut
        steps {
          ...CarriedOut
        }
      }
      error {
        code
        message
        retryable
      }
      usage {
        inputTokens
        outputTokens
        cachedTokens
        reasoningTokens
        cost
      }
    }
  }
  fragment CarriedOut on PlanStep {
    operation {
      id
      output {
        ... on PerformOutput {
          text
        }
      }
    }
  }
  ${outputFields}
`;

/** Writes what an operation produced and what it took. */
export function printResult(operation: EndedOperation): void {
  const paint = paintFor(process.stdout);
  const { columns } = sizeOf(process.stdout);
  const output = operation.output ?? operation.partialOutput;
  const lines = [
    ...(output ? ['', ...renderOutput(output, operation.results, columns, paint)] : []),
    '',
    ...renderCost(operation, columns).map(paint.dim),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** What there is of an output as JSON, without the names of GraphQL types; steps that were carried out with their results. */
export function jsonOf({ output, partialOutput, results }: EndedOperation): string | undefined {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).flatMap(([name, of]) => (name === '__typename' ? [] : [[name, plain(of)]]));
    const { operation } = value as { operation?: { id: string } | null };
    const result = operation ? results.get(operation.id) : undefined;
    return Object.fromEntries(result === undefined ? fields : [...fields, ['result', result]]);
  };
  const whole = output ?? partialOutput;
  return whole ? JSON.stringify(plain(whole), null, 2) : undefined;
}

/** Why an operation failed, and whether a retry can help. @throws it */
export function failIfFailed({ status, error }: EndedOperation): void {
  if (status === 'CANCELLED') throw new CliError('The operation was cancelled.');
  if (status === 'QUEUED' || status === 'RUNNING' || status === 'WAITING')
    throw new CliError('The operation had not ended when its session was forked, and does not go on there.');
  if (status !== 'FAILED' || !error) return;
  const advice = error.retryable ? 'Trying again can help.' : 'Trying the same again will not help.';
  throw new CliError(`${error.message.replace(/([^.!?])$/, '$1.')} (${error.code}) ${advice}`);
}
