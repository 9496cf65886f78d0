import { AsyncLocalStorage } from 'node:async_hooks';

/** What a span says of itself. Never a prompt, an answer, a variable, a value of a row, or a secret. */
export type Attributes = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

export interface SpanOptions {
  /** Whether it answers another program, asks one, or leaves work for later. @default neither */
  kind?: 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  attributes?: Attributes;
  /** What it is of as well, beside its parent. */
  links?: readonly Span[];
}

/** A piece of work in a trace. */
export interface Span {
  readonly traceId: string;
  /** Its place in the trace, as W3C's Trace Context has it. */
  readonly traceparent: string;
  /** Whether it has not ended. */
  readonly isOpen: boolean;
  /** Begins a piece of this piece. */
  begin(name: string, options?: SpanOptions): Span;
  set(attributes: Attributes): void;
  /** @param failure the code of what went wrong; without one, it went well */
  end(failure?: string): void;
}

/** What traces go through, where they are wanted. */
export interface Tracer {
  /** Begins a piece of work, in the trace of its `traceparent`, or in a new one. What is none counts as none. */
  begin(name: string, traceparent: string | null, options?: SpanOptions): Span;
  /** Sends what there is, for as long as it has time to. */
  close(): Promise<void>;
}

/** Where an operation comes from, as it is stored with it. */
export interface Origin {
  /** The id of the request, as the log has it. */
  readonly requestId: string | null;
  readonly traceparent: string | null;
}

/** What is being done, and for whom: it goes along with the calls. */
export interface Scene {
  readonly requestId: string | null;
  readonly span: Span | undefined;
  /** What the line that tells of the request is to name, once it is known. */
  readonly about: About;
}

export interface About {
  session?: string;
  operation?: string;
}

const scenes = new AsyncLocalStorage<Scene | undefined>();

/** Does work in a scene: what it calls finds it there. */
export const inScene = <T>(scene: Scene, work: () => T): T => scenes.run(scene, work);

/** Does work that is nobody's, whoever set it off. */
export const inNoScene = <T>(work: () => T): T => scenes.run(undefined, work);

/** The span that this is a piece of. What goes on behind one that has ended is no piece of it. */
export function activeSpan(): Span | undefined {
  const span = scenes.getStore()?.span;
  return span?.isOpen ? span : undefined;
}

/** Where what is started here comes from. */
export function originNow(): Origin {
  const scene = scenes.getStore();
  return { requestId: scene?.requestId ?? null, traceparent: scene?.span?.traceparent ?? null };
}

/** Has the line that tells of the request name what it is about: what was said first stays. */
export function tellAbout(about: About): void {
  const scene = scenes.getStore();
  if (scene && scene.about.session === undefined) Object.assign(scene.about, about);
}

/** Does work as a piece of what is traced, where anything is; what it throws is thrown on. */
export async function traced<T>(name: string, options: SpanOptions, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  const span = activeSpan()?.begin(name, options);
  return span ? inSpan(span, () => work(span)) : work(undefined);
}

/** Does work in a span, which ends with it. */
export async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  const scene = scenes.getStore();
  try {
    const result = await inScene({ requestId: scene?.requestId ?? null, span, about: scene?.about ?? {} }, work);
    span.end();
    return result;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

/** What names a failure in a trace: its code, or else the name of its class; never its message. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}

/** The id of the trace that a `traceparent` is of. */
export const traceIdOf = (traceparent: string | null): string | undefined => traceparent?.split('-')[1];
