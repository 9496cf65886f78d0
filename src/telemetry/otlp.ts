import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes as OtelAttributes,
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import { InputInvalidError } from '../errors.ts';
import type { Attributes, Span, SpanOptions, Tracer } from '../origin.ts';
import { version } from './version.ts';

/** How long the end of a Lion waits for the last spans to be taken, in ms. */
const farewellMs = 2000;

/**
 * Sends spans as OpenTelemetry's variables say, by its SDK. Nothing of it becomes global: a Lion can be part of a larger program that
 * has its own.
 *
 * @throws InputInvalidError for a protocol that is none of Lion's
 */
export async function openOtlp(env: Readonly<Record<string, string | undefined>>, logger: Logger): Promise<Tracer> {
  // What is wrong with a variable is told of while these are made.
  diag.setLogger(toLog(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  let provider: BasicTracerProvider;
  try {
    const exporter = withOneComplaint(await openExporter(env), logger);
    provider = new BasicTracerProvider({ resource: whoSends(), spanProcessors: [new BatchSpanProcessor(exporter)] });
  } finally {
    diag.disable();
  }
  const tracer = provider.getTracer('lion', version);
  return {
    begin(name, traceparent, options) {
      const parent = traceparent === null ? null : parseTraceParent(traceparent);
      const context = parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
      return new OtlpSpan(tracer, context, name, options);
    },
    async close() {
      const closed = provider.shutdown().then(
        () => true,
        () => true,
      );
      const isClosed = await Promise.race([closed, delay(farewellMs, false, { ref: false })]);
      if (!isClosed) logger.warn(`the last spans could not be sent within ${farewellMs} ms, and are lost`);
    },
  };
}

async function openExporter(env: Readonly<Record<string, string | undefined>>): Promise<SpanExporter> {
  const variables = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
  const variable = variables.find((name) => env[name]);
  switch (variable === undefined ? 'http/protobuf' : env[variable]) {
    case 'http/protobuf': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
      return new OTLPTraceExporter();
    }
    case 'http/json': {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter();
    }
    default:
      throw new InputInvalidError([{ path: variable!, message: 'must be http/protobuf or http/json' }]);
  }
}

/** Who sends the spans. What the variables say counts for more. */
const whoSends = () =>
  defaultResource()
    .merge(
      resourceFromAttributes({
        'service.name': 'lion',
        'service.version': version,
        'service.instance.id': randomUUID(),
        'host.name': hostname(),
        'process.pid': process.pid,
      }),
    )
    .merge(detectResources({ detectors: [envDetector] }));

/** A receiver that takes nothing is told of once, and once more when it does again; what it did not take is lost. */
function withOneComplaint(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, ({ code, error }) => {
        const fails = code !== ExportResultCode.SUCCESS;
        if (fails && !isFailing)
          logger.warn(
            { reason: reasonOf(error) },
            'traces cannot be sent to where OTEL_EXPORTER_OTLP_ENDPOINT says; until they can, they are lost',
          );
        if (!fails && isFailing) logger.info('traces can be sent again');
        isFailing = fails;
        // The SDK would tell of each batch.
        done({ code: ExportResultCode.SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
    ...(exporter.forceFlush && { forceFlush: () => exporter.forceFlush!() }),
  };
}

/** Its code, or its name: a message may have the address with its password. */
function reasonOf(error: Error | undefined): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: string };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : (name ?? 'unknown');
}

const toLog = (logger: Logger) => {
  const warn = (message: string): void => logger.warn(`OpenTelemetry: ${message}`);
  const nothing = (): void => {};
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
};

class OtlpSpan implements Span {
  readonly traceId: string;
  readonly traceparent: string;
  readonly #tracer: OtelTracer;
  readonly #span: OtelSpan;
  readonly #context: Context;
  #isOpen = true;

  constructor(tracer: OtelTracer, parent: Context, name: string, { kind, attributes = {}, links = [] }: SpanOptions = {}) {
    this.#tracer = tracer;
    this.#span = tracer.startSpan(
      name,
      {
        kind: kind === undefined ? SpanKind.INTERNAL : SpanKind[kind],
        attributes: known(attributes),
        links: links.flatMap((link) => (link instanceof OtlpSpan ? [{ context: link.#span.spanContext() }] : [])),
      },
      parent,
    );
    this.#context = trace.setSpan(ROOT_CONTEXT, this.#span);
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    this.traceId = traceId;
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  begin(name: string, options?: SpanOptions): Span {
    return new OtlpSpan(this.#tracer, this.#context, name, options);
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(known(attributes));
  }

  end(failure?: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (failure !== undefined) {
      this.#span.setAttribute('error.type', failure);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

const known = (attributes: Attributes): OtelAttributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined)) as OtelAttributes;
