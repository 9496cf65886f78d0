import { text } from 'node:stream/consumers';
import { LionClientError, type Client } from '../client/index.ts';
import { connect } from './connect.ts';
import { canRedraw, liveDisplay, notice, plainDisplay, silent } from './display.ts';
import { exitCodes, UsageError } from './errors.ts';
import { failIfFailed, followOperation, jsonOf, printResult } from './follow.ts';
import { listenForInterrupt } from './interrupt.ts';
import { connectToOwn, type Tape } from './own-lion.ts';

export interface RunOptions {
  guidance?: string;
  context?: unknown;
  count?: number;
  steps?: number;
  execute?: boolean;
  concurrency?: number;
  model?: string;
  session?: string;
  onBusy?: string;
  timeoutMs?: number;
  json?: boolean;
  record?: string;
  replay?: string;
}

/** For how long a Lion that was reached once may be gone. */
const giveUpMs = 60_000;

/** `lion run`: takes an instruction through the whole workflow, and shows it as it happens. @returns the exit code */
export async function runCommand(instruction: string, options: RunOptions): Promise<number> {
  const tape = tapeOf(options);
  const given = instruction === '-' ? await readInstruction() : instruction;
  if (given.trim() === '') throw new UsageError('The instruction is empty. Say what you want, as in: lion run "Name a bakery"');
  const interrupt = listenForInterrupt();
  const say = options.json === true ? () => {} : notice;
  await using connection = tape
    ? await connectToOwn(tape, { onNotice: say })
    : await connect({ signal: interrupt, onNotice: say });
  const { client } = connection;
  const id = await start(client, given, options, say);

  // What is on the terminal is not to be mixed with a log.
  const logs = connection.isEmbedded() && Boolean(process.env['LION_LOG_LEVEL']) && process.stderr.isTTY;
  const display =
    options.json === true ? silent : canRedraw(process.stdout) && !logs ? liveDisplay(`${id} · Ctrl-C cancels`) : plainDisplay();
  const cancel = (): void => {
    display.status('cancelling; Ctrl-C again leaves at once');
    // Where the server is not reached now, it is asked again when it is.
    cancelOperation(client, id).catch((error: unknown) => display.status(`not cancelled: ${(error as Error).message}`));
  };
  interrupt.addEventListener('abort', cancel);
  if (interrupt.aborted) cancel();
  const operation = await followOperation(client, id, display, {
    giveUpMs,
    onReconnect: () => interrupt.aborted && cancel(),
  });
  if (operation.status === 'CANCELLED' && interrupt.aborted) {
    if (options.json !== true) process.stdout.write('\nCancelled.\n');
    return exitCodes.interrupted;
  }
  const json = jsonOf(operation);
  if (options.json !== true) printResult(operation);
  else if (json !== undefined) process.stdout.write(`${json}\n`);
  failIfFailed(operation);
  return exitCodes.done;
}

/** @throws UsageError for what does not go together */
function tapeOf({ record, replay, session }: RunOptions): Tape | undefined {
  if (record === undefined && replay === undefined) return undefined;
  if (record !== undefined && replay !== undefined)
    throw new UsageError('--record and --replay do not go together: what is played back has been recorded already.');
  const [flag, file] = record === undefined ? ['--replay', replay!] : ['--record', record];
  if (file.trim() === '') throw new UsageError(`${flag} needs the name of a file, as in: ${flag} fixtures/bakery.jsonl`);
  if (session !== undefined)
    throw new UsageError(
      `${flag} and --session do not go together: ${flag} works in a Lion of its own, which is gone afterwards and has no sessions of yours.`,
    );
  return record === undefined ? { replay: file } : { record: file };
}

async function readInstruction(): Promise<string> {
  if (process.stdin.isTTY) notice('type the instruction, and end it with Ctrl-D');
  return text(process.stdin);
}

type Started =
  { __typename: 'Operation'; id: string; waitsForTurn: boolean } | { __typename: string; code: string; message: string };

/** @param say tells people something. @throws LionClientError when it is not started */
async function start(client: Client, instruction: string, options: RunOptions, say: (text: string) => void): Promise<string> {
  const { guidance, context, count, steps, execute, concurrency, model, session, timeoutMs, onBusy } = options;
  const { run } = await client.query<{ run: Started }>(startDocument, {
    input: { instruction, guidance, context, count, steps, execute, concurrency },
    options: { model, sessionId: session, timeoutMs, onBusy: onBusy?.toUpperCase().replace('-', '_') },
  });
  if ('code' in run) throw new LionClientError(run.code, run.message);
  if (run.waitsForTurn) say('it waits for its turn: others of its session have not ended');
  return run.id;
}

const startDocument = /* GraphQL */ `
  mutation Run($input: RunInput!, $options: OperationOptions) {
    run(input: $input, options: $options) {
      __typename
      ... on Operation {
        id
        waitsForTurn
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

/** Asks the server to cancel. One that has ended meanwhile is as good. */
async function cancelOperation(client: Client, id: string): Promise<void> {
  await client.query(
    /* GraphQL */ `
      mutation Cancel($id: ID!) {
        cancelOperation(id: $id) {
          __typename
        }
      }
    `,
    { id },
  );
}
