import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Response {
  content?: Record<string, { schema: object }>;
}

/** As much of an OpenAPI document as the tests look at. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; responses: Record<string, Response>; requestBody?: unknown }>>;
  components: { schemas: Record<string, object> };
}

/** Holds answers against the OpenAPI document that a server serves. */
export interface Contract {
  document: OpenApiDocument;
  /** @throws Error when the document does not have such an answer, or it is not as the document says */
  expectKept(method: string, path: string, answer: { status: number; type: string | undefined; body: unknown }): void;
  /** Whether one event of a stream is as the document says. @throws Error when it is not */
  expectEvent(event: unknown): void;
}

export async function readContract(url: string): Promise<Contract> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const validators = new Map<string, ValidateFunction>();
  function expectValid(pointer: string, value: unknown, what: string): void {
    let validate = validators.get(pointer);
    if (!validate) validators.set(pointer, (validate = ajv.compile({ $ref: `document#${pointer}` })));
    if (!validate(value))
      throw new Error(`${what} is not as the document says: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }
  return {
    document,
    expectKept(method, path, { status, type, body }) {
      const plain = path.split('?', 1)[0]!;
      const template = templateOf(document, plain);
      const what = `${method} ${plain}: ${status}`;
      // What is asked for in no such way is told of by a problem, whatever the address.
      const isProblem = type === 'application/problem+json';
      const response = template && document.paths[template]![method.toLowerCase()]?.responses[String(status)];
      if (!response) {
        if (isProblem && [404, 405, 406].includes(status)) return expectValid('/components/schemas/Problem', body, what);
        throw new Error(`${what} is not in the document`);
      }
      const media = response.content && Object.keys(response.content);
      if (!media) {
        if (body !== undefined) throw new Error(`${what} has no body in the document, and one in the answer`);
        return;
      }
      if (type === undefined || !media.includes(type))
        throw new Error(`${what} is ${type}, and by the document ${media.join(' or ')}`);
      const pointer = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
      expectValid(
        `/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`,
        body,
        what,
      );
    },
    expectEvent: (event) => expectValid('/components/schemas/Event', event, 'the event'),
  };
}

function templateOf({ paths }: OpenApiDocument, path: string): string | undefined {
  const templates = Object.keys(paths);
  return (
    templates.find((template) => template === path) ??
    templates.find((template) => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
  );
}
