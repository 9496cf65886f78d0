import { LionClientError } from '../client/index.ts';
import { connectToRead, type Printing } from './connect.ts';
import { exitCodes } from './errors.ts';
import { printJson } from './table.ts';

/**
 * `lion cancel`: stops operations with their children. Those that cannot be stopped are told of, and hold up no others.
 *
 * @returns the exit code
 */
export async function cancelCommand(ids: readonly string[], options: Printing): Promise<number> {
  await using connection = await connectToRead(options);
  const cancelled: { id: string; status: string }[] = [];
  for (const id of ids) {
    try {
      const { status } = await connection.client.cancelOperation(id);
      cancelled.push({ id, status });
      if (options.json !== true) process.stdout.write(`Cancelled ${id}.\n`);
    } catch (error) {
      if (!(error instanceof LionClientError) || !refusals.includes(error.code)) throw error;
      process.stderr.write(`lion: ${error.message}\n`);
    }
  }
  if (options.json === true) printJson(cancelled);
  return cancelled.length === ids.length ? exitCodes.done : exitCodes.failed;
}

/** What is the matter with one operation, and not with all. */
const refusals = ['OPERATION_NOT_FOUND', 'OPERATION_FINISHED', 'OPERATION_OF_PAST'];
