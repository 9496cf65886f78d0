import { text } from 'node:stream/consumers';
import { connect, type Printing } from './connect.ts';
import { notice } from './display.ts';
import { CliError, exitCodes, UsageError } from './errors.ts';
import { listenForInterrupt } from './interrupt.ts';
import { printJson } from './table.ts';

export interface AnswerOptions extends Printing {
  name?: string;
}

/** `lion answer`: answers what an operation asks; without an answer, says what it asks. @returns the exit code */
export async function answerCommand(
  id: string,
  given: string | undefined,
  { name, json = false }: AnswerOptions,
): Promise<number> {
  const answer = given === undefined ? undefined : parse(given === '-' ? await text(process.stdin) : given);
  const signal = listenForInterrupt();
  // What is answered goes on wherever operations are worked on.
  await using connection = await connect({ signal, works: false, mustExist: true, onNotice: json ? () => {} : notice });
  const { client } = connection;
  const operation = await client.operation(id);
  if (!operation) throw new CliError(`There is no operation ${id}.`);
  const asked = operation.inputRequest;
  if (answer === undefined) {
    if (!asked) throw new CliError(`${id} asks nothing: it is ${operation.status.toLowerCase()}.`);
    printJson(asked);
    return exitCodes.done;
  }
  const wanted = name ?? asked?.name;
  if (wanted === undefined) throw new CliError(`${id} asks nothing: it is ${operation.status.toLowerCase()}.`);
  const answered = await client.answerOperation({ operationId: id, name: wanted, answer });
  if (json) {
    printJson(answered);
    return exitCodes.done;
  }
  process.stdout.write(
    `${wanted === asked?.name ? `${asked.question}\n` : ''}Answered. \`lion watch ${id}\` shows how it goes on.\n`,
  );
  return exitCodes.done;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new UsageError(
      `The answer is not JSON: ${(error as Error).message}. Text needs its quotes, as in: lion answer op_... '"yes"'`,
    );
  }
}
