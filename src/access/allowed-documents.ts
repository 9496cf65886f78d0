import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { InputInvalidError, LionError } from '../errors.ts';

/** What is asked for: a document, or the name of one. */
export interface DocumentRequest {
  query?: string | undefined;
  /** As it is called in the list, with or without `sha256:`. */
  id?: string | undefined;
}

/** The documents that may be asked for, where not all may. */
export interface AllowedDocuments {
  /** All of them, by what they are called. */
  readonly byId: ReadonlyMap<string, string>;
  /** @returns the text of the document that is asked for. @throws DocumentNotAllowedError */
  textOf(request: DocumentRequest): string;
}

/** What was asked for is not on the list. Nothing of it was looked at. */
export class DocumentNotAllowedError extends LionError {
  readonly code = 'DOCUMENT_NOT_ALLOWED';
  readonly retryable = false;

  constructor() {
    super(
      'This Lion answers only to documents that are on its list, and this one is not. Its operator can add it to the file that LION_PERSISTED_OPERATIONS names.',
    );
  }
}

const listed = z.record(z.string().min(1), z.string().min(1));

/**
 * Reads a list of documents: a JSON object of their texts by their names, as the tools of clients write it; usually the SHA-256 of the text.
 *
 * @throws InputInvalidError that says what is wrong with the file
 */
export function loadAllowedDocuments(file: string): AllowedDocuments {
  const byId = new Map(Object.entries(read(file)));
  const texts = new Set(byId.values());
  return {
    byId,
    textOf({ query, id }) {
      const text = id === undefined ? query : (byId.get(id) ?? byId.get(`sha256:${id}`));
      if (text === undefined || (id === undefined && !texts.has(text))) throw new DocumentNotAllowedError();
      return text;
    },
  };
}

function read(file: string): Record<string, string> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not JSON' : `it cannot be read (${(error as NodeJS.ErrnoException).code})`;
    return refuse(`${file}: ${why}`);
  }
  const parsed = listed.safeParse(content);
  return parsed.success
    ? parsed.data
    : refuse(`${file}: it must be an object of documents by their names, as {"<sha256>": "query { ... }"}`);
}

function refuse(message: string): never {
  throw new InputInvalidError([{ path: 'LION_PERSISTED_OPERATIONS', message }]);
}
