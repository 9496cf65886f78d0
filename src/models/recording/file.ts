import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { RecordingUnusableError } from './errors.ts';
import type { Exchange, RecordedRequest } from './exchange.ts';

/**
 * A recording is a text file of JSON lines: a header, then one exchange a line.
 *
 *     {"lion":"recording","version":1,"model":"openai/gpt-6.1-terra"}
 *     {"model":"openai/gpt-6.1-terra","provider":"openai.responses","modelId":"gpt-6.1-terra","request":{...},"answer":[...]}
 */
const version = 1;

const header = z.object({ lion: z.literal('recording'), version: z.int().min(1), model: z.string().min(1) });

const exchange = z.object({
  model: z.string().min(1),
  provider: z.string(),
  modelId: z.string(),
  request: z.looseObject({ prompt: z.array(z.looseObject({ role: z.string() })) }),
  answer: z
    .array(z.looseObject({ type: z.string() }))
    .refine((parts) => parts.at(-1)?.type === 'finish', 'must end with a part of the type "finish"'),
});

/** An exchange that was read, and where it stands. */
export interface ReadExchange extends Exchange {
  line: number;
}

export interface Recording {
  /** The default model of the Lion that recorded. */
  model: string;
  exchanges: ReadExchange[];
}

/**
 * Reads a recording. A last line that was cut off, as by a crash of what recorded, is left out.
 * @throws RecordingUnusableError for a file that is not there, or is no recording; it names the line
 */
export async function readRecording(file: string): Promise<Recording> {
  const text = await readFile(resolve(file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const what = cause.code === 'ENOENT' ? 'does not exist; record it first' : `cannot be read (${cause.code ?? cause.message})`;
    throw new RecordingUnusableError(file, what, { cause });
  });
  const [first = '', ...rest] = text.split('\n');
  const { model } = readHeader(file, first);
  const exchanges: ReadExchange[] = [];
  for (const [index, content] of rest.entries()) {
    const line = index + 2;
    if (content.trim() === '') continue;
    const parsed = parse(content);
    const wasCutOff = !('json' in parsed) && index === rest.length - 1;
    if (wasCutOff) break;
    const { request, answer, ...named } = fit(exchange, parsed, { file, line });
    exchanges.push({
      ...named,
      // What is in them is up to the AI SDK, which wrote it and reads it.
      request: request as unknown as RecordedRequest,
      answer: answer as unknown as LanguageModelV3StreamPart[],
      line,
    });
  }
  return { model, exchanges };
}

function readHeader(file: string, line: string): z.infer<typeof header> {
  const parsed = parse(line);
  if (!('json' in parsed) || !header.safeParse(parsed.json).success) {
    throw new RecordingUnusableError(file, 'is not the header of a recording', { line: 1 });
  }
  const found = header.parse(parsed.json);
  if (found.version <= version) return found;
  throw new RecordingUnusableError(
    file,
    `says version ${found.version}; this Lion reads up to ${version}. Use a newer Lion, or record again.`,
    {
      line: 1,
    },
  );
}

type Parsed = { json: unknown } | { fault: string };

function parse(text: string): Parsed {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    return { fault: `is not JSON: ${messageOf(error)}` };
  }
}

function fit<T>(schema: z.ZodType<T>, parsed: Parsed, { file, line }: { file: string; line: number }): T {
  if ('fault' in parsed) throw new RecordingUnusableError(file, parsed.fault, { line });
  const result = schema.safeParse(parsed.json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  throw new RecordingUnusableError(file, `is no exchange: ${where}${issue?.message ?? ''}`, { line });
}

/** Writes a recording, an exchange at a time. */
export interface RecordingWriter {
  /** Resolves when it is in the file. @throws RecordingUnusableError */
  append(exchange: Exchange): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/**
 * Begins a recording. Folders that are missing are made. A recording that is there is replaced when the first exchange comes:
 * one that comes to nothing does not cost the one before.
 *
 * @param model the default model
 * @throws RecordingUnusableError at once where the file cannot be written, or holds something that is no recording
 */
export function writeRecording(file: string, model: string): RecordingWriter {
  const path = resolve(file);
  const head = `${JSON.stringify({ lion: 'recording', version, model })}\n`;
  const holdsRecording = inspect(file, path);
  let begun = false;
  if (!holdsRecording) {
    // A run that asks no model leaves a recording, too.
    writeSync(file, path, head);
    begun = true;
  }
  let last: Promise<unknown> = Promise.resolve();
  const write = async ({ model: name, provider, modelId, request, answer }: Exchange): Promise<void> => {
    const line = `${JSON.stringify({ model: name, provider, modelId, request, answer })}\n`;
    try {
      if (begun) await appendFile(path, line);
      else await writeFile(path, head + line);
      begun = true;
    } catch (cause) {
      throw unwritable(file, cause);
    }
  };
  return {
    append(exchange) {
      // One after the other: no line is torn by another.
      const written = last.then(() => write(exchange));
      last = written.catch(() => undefined);
      return written;
    },
    async close() {
      await last;
    },
  };
}

/** @returns whether there is a recording @throws RecordingUnusableError for any other file, and for one that cannot be written */
function inspect(file: string, path: string): boolean {
  const start = '{"lion":"recording"';
  let found: string;
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (!statSync(path, { throwIfNoEntry: false })?.size) return false;
    accessSync(path, constants.R_OK | constants.W_OK);
    found = startOf(path, start.length);
  } catch (cause) {
    throw unwritable(file, cause);
  }
  if (found === start) return true;
  throw new RecordingUnusableError(file, 'exists, and is no recording: it is left as it is. Name another file.');
}

function writeSync(file: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw unwritable(file, cause);
  }
}

function startOf(path: string, length: number): string {
  const opened = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.toString('utf8', 0, readSync(opened, bytes, 0, length, 0));
  } finally {
    closeSync(opened);
  }
}

const unwritable = (file: string, cause: unknown): RecordingUnusableError =>
  new RecordingUnusableError(file, `cannot be written (${(cause as NodeJS.ErrnoException).code ?? messageOf(cause)})`, { cause });
