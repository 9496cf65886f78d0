import { LionClientError, type Client } from '../client/index.ts';
import { connect } from './connect.ts';
import { canRedraw, jsonDisplay, liveDisplay, notice, plainDisplay } from './display.ts';
import { CliError, exitCodes } from './errors.ts';
import { failIfFailed, followOperation, printResult } from './follow.ts';
import { listenForInterrupt } from './interrupt.ts';

export interface WatchOptions {
  after?: number;
  json?: boolean;
}

/** `lion watch`: follows an operation until it has ended, or a session until Ctrl-C. Stops nothing. @returns the exit code */
export async function watchCommand(id: string, { after, json = false }: WatchOptions): Promise<number> {
  const signal = listenForInterrupt();
  await using connection = await connect({ signal, mustExist: true, onNotice: json ? () => {} : notice });
  const { client } = connection;
  const kind = await kindOf(client, id);
  try {
    if (kind === 'Session') {
      await watchSession(client, id, after, json, signal);
      return exitCodes.done;
    }
    const whole = after === undefined;
    const display = json
      ? jsonDisplay()
      : whole && canRedraw(process.stdout)
        ? liveDisplay(`${id} · Ctrl-C stops watching`)
        : plainDisplay();
    const operation = await followOperation(client, id, display, { after: after ?? 0, signal });
    if (!json) printResult(operation);
    failIfFailed(operation);
    return exitCodes.done;
  } catch (error) {
    if (signal.aborted) return exitCodes.interrupted;
    if (error instanceof LionClientError && error.code === 'CURSOR_BEYOND_END')
      throw new CliError(error.message, exitCodes.wrongUsage);
    throw error;
  }
}

async function watchSession(client: Client, id: string, after = 0, json: boolean, signal: AbortSignal): Promise<void> {
  const display = json ? jsonDisplay() : plainDisplay();
  const events = client.followSession(id, {
    after,
    signal,
    onDisconnect: ({ message }) => display.status(`${message.replace(/\.$/, '')}; trying again`),
    onReconnect: () => display.status(),
  });
  for await (const event of events) display.event(event);
  display.end();
}

/** @throws CliError when there is neither an operation nor a session of this id */
async function kindOf(client: Client, id: string): Promise<'Operation' | 'Session'> {
  const { node } = await client.query<{ node: { __typename: string } | null }>(
    'query Kind($id: ID!) { node(id: $id) { __typename } }',
    { id },
  );
  if (node?.__typename === 'Operation' || node?.__typename === 'Session') return node.__typename;
  throw new CliError(`There is no operation or session ${id}. \`lion sessions\` lists the sessions.`);
}
