import type { z } from 'zod';
import { InputInvalidError } from './errors.ts';
import type { JsonObject } from './history/event.ts';
import { operationId } from './ids.ts';
import type { Lion } from './lion.ts';
import type { AnyDefinition, Definition } from './operations/definition.ts';
import { untilEnded } from './operations/ending.ts';
import { OperationError, OperationNotFoundError } from './operations/errors.ts';

export interface RunOperationOptions {
  /** The session that it is to belong to. @default a new one */
  sessionId?: string;
  /** The model to ask. @default that of the configuration */
  model?: string;
  /** How long it may take, in ms. @default for ever */
  timeoutMs?: number;
}

/**
 * Runs an operation in a Lion in this process, and waits for its end: for scripts, and for tests of definitions of your own.
 *
 *     await using lion = await openLion(config, { definitions: [summarize], models: await replayModels('tests/summarize.jsonl') });
 *     const { points } = await runOperation(lion, summarize, { text: '...' });
 *
 * @param definition one that the Lion was opened with, or its kind
 * @param input as a client would give it
 * @returns its output
 * @throws OperationError with the code of the failure when it failed (`CANCELLED` when it was cancelled); InputInvalidError,
 * ModelUnknownError and what else keeps it from being started
 */
export function runOperation<Input, Output>(
  lion: Lion,
  definition: Definition<Input, Output>,
  input: z.input<z.ZodType<Input>>,
  options?: RunOperationOptions,
): Promise<Output>;
export function runOperation(lion: Lion, kind: string, input: JsonObject, options?: RunOperationOptions): Promise<JsonObject>;
export async function runOperation(
  lion: Lion,
  wanted: AnyDefinition | string,
  input: unknown,
  options: RunOperationOptions = {},
): Promise<unknown> {
  const kind = typeof wanted === 'string' ? wanted : wanted.kind;
  const definition = lion.definitions.get(kind);
  if (!definition) {
    const message = `this Lion has no definition "${kind}"; give it to openLion. It has: ${[...lion.definitions.keys()].join(', ')}`;
    throw new InputInvalidError([{ path: 'kind', message }]);
  }
  const { sessionId, number } = await lion.agent.start({ projectId: lion.defaultProjectId, definition, input, options });
  // Nothing ends the waiting but the end of the operation, which `timeoutMs` bounds.
  const ended = await untilEnded(lion.database, lion.nudges, { sessionId, number }, new AbortController().signal);
  if (!ended) throw new OperationNotFoundError(operationId(sessionId, number));
  if (ended.status === 'SUCCEEDED') return ended.output;
  throw new OperationError(ended.error ?? { code: 'CANCELLED', message: 'The operation was cancelled.', retryable: false });
}
