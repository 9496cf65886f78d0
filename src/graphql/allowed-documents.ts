import { parse, validate, type GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { AllowedDocuments, DocumentRequest } from '../access/allowed-documents.ts';
import { InputInvalidError, messageOf, type InputIssue } from '../errors.ts';

/** A request as clients send it: with a document, or with its name, in either of the two ways that there are. */
interface Request {
  query?: string | null | undefined;
  /** As GraphQL over HTTP is to have it. */
  documentId?: unknown;
  /** As clients of Apollo have it. */
  extensions?: Record<string, unknown> | null | undefined;
}

/** What of a request says which document it is for. */
export function documentRequestOf({ query, documentId, extensions }: Request): DocumentRequest {
  const persisted = extensions?.['persistedQuery'] as { sha256Hash?: unknown } | null | undefined;
  const id = [documentId, persisted?.sha256Hash].find((each) => typeof each === 'string');
  return { query: query || undefined, id };
}

/** Over HTTP, nothing is answered but what is on the list, by its name or its text. */
export function allowListed(documents: AllowedDocuments): Plugin {
  return {
    onParams({ params, request, setParams }) {
      // What is no request at all is told of by others.
      if (typeof params !== 'object' || params === null) return;
      const inUrl = request.method === 'GET' ? new URL(request.url, 'http://localhost').searchParams.get('documentId') : null;
      setParams({ ...params, query: documents.textOf(documentRequestOf({ ...(inUrl && { documentId: inUrl }), ...params })) });
    },
  };
}

/** @throws InputInvalidError that says which documents of the list do not fit the schema */
export function refuseUnfit({ byId }: AllowedDocuments, schema: GraphQLSchema): void {
  const issues: InputIssue[] = [];
  for (const [id, text] of byId) {
    try {
      const [error] = validate(schema, parse(text));
      if (error) throw error;
    } catch (error) {
      issues.push({ path: 'LION_PERSISTED_OPERATIONS', message: `the document ${id.slice(0, 80)}: ${messageOf(error)}` });
    }
  }
  if (issues.length > 0) throw new InputInvalidError(issues);
}
