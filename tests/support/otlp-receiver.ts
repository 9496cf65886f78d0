import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
// What OpenTelemetry itself generated from its protocol's definitions; the exporter has a writer of its own, and no reader.
import root from 'otlp-definitions/build/src/generated/root.js';
import { until } from './api.ts';

/** A span as it was received. */
export interface ReceivedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of its trace. */
  parentSpanId: string;
  /** SERVER, CLIENT, PRODUCER, CONSUMER or INTERNAL. */
  kind: string;
  attributes: Record<string, unknown>;
  /** The spans that it is linked with, by their ids. */
  links: string[];
  failed: boolean;
  resource: Record<string, unknown>;
}

/** Who takes traces, over OTLP/HTTP, as a collector does. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The requests that came, whatever became of them. */
  readonly requests: readonly { path: string; headers: IncomingHttpHeaders; body: Buffer }[];
  /** What it does with requests from now on. */
  behave(how: 'take' | 'refuse' | 'keep silent'): void;
  /** Waits until spans have come. */
  untilReceived(what: string, find: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
}

interface Definitions {
  opentelemetry: {
    proto: {
      collector: {
        trace: { v1: { ExportTraceServiceRequest: { decode(bytes: Uint8Array): { toJSON(): unknown } } } };
      };
    };
  };
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

interface Request {
  resourceSpans: {
    resource?: { attributes?: KeyValue[] };
    scopeSpans: {
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        kind: string;
        attributes?: KeyValue[];
        links?: { spanId: string }[];
        status?: { code?: string };
      }[];
    }[];
  }[];
}

const { ExportTraceServiceRequest } = (root as unknown as Definitions).opentelemetry.proto.collector.trace.v1;

/** @param port 0: any free port */
export async function startReceiver(port = 0): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders; body: Buffer }[] = [];
  let behaviour: 'take' | 'refuse' | 'keep silent' = 'take';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push({ path: request.url!, headers: request.headers, body });
      if (behaviour === 'keep silent') return;
      if (behaviour === 'refuse') return void response.writeHead(400).end();
      spans.push(...spansIn(request.headers, body));
      response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    behave: (how) => void (behaviour = how),
    untilReceived: async (what, find) => void (await until(`the receiver got ${what}`, () => find(spans))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function spansIn(headers: IncomingHttpHeaders, sent: Buffer): ReceivedSpan[] {
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
  const isJson = headers['content-type'] === 'application/json';
  const request = (isJson ? JSON.parse(body.toString()) : ExportTraceServiceRequest.decode(body).toJSON()) as Request;
  // Over JSON, ids are written as hex digits.
  const idOf = (id: string | undefined): string => (isJson ? (id ?? '') : Buffer.from(id ?? '', 'base64').toString('hex'));
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map((span) => ({
        name: span.name,
        traceId: idOf(span.traceId),
        spanId: idOf(span.spanId),
        parentSpanId: idOf(span.parentSpanId),
        kind: isJson ? kinds[Number(span.kind)]! : span.kind.replace('SPAN_KIND_', ''),
        attributes: attributesOf(span.attributes),
        links: (span.links ?? []).map(({ spanId }) => idOf(spanId)),
        failed: span.status?.code === 'STATUS_CODE_ERROR' || Number(span.status?.code) === 2,
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

function attributesOf(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: Record<string, unknown>): unknown {
  if ('intValue' in value) return Number(value['intValue']);
  if ('arrayValue' in value) return ((value['arrayValue'] as { values?: Record<string, unknown>[] }).values ?? []).map(valueOf);
  return Object.values(value)[0];
}
