import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Prisma } from '../database/client.ts';
import type { Lion } from '../lion.ts';
import { sizeOf } from './system.ts';
import { watchHistory, type OperationChanged, type TryEnded } from './watch.ts';

/** What an HTTP request came to. */
export interface RequestServed {
  method: string;
  /** What the address is of, without ids; `other` for what is nowhere. */
  route: string;
  status: number;
  seconds: number;
}

export interface Metrics {
  /** What there is to tell, in Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** The names of all metrics of Lion's own. */
  readonly names: readonly string[];
  requestServed(request: RequestServed): void;
  close(): void;
}

/** Seconds, from what SQLite takes for a commit to what a model takes for a long answer. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

/** Models are named by clients: beyond so many, they are counted together, as a label must not grow without bound. */
const mostModels = 100;

/**
 * Measures a Lion. What is counted comes from its history as it is stored; what there is at the moment is read when it is asked for.
 *
 * @param connections how many WebSockets are open
 */
export function openMetrics(lion: Lion, connections: () => number): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets = durations) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  /** What is there now, read when it is asked for. */
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    read: (gauge: Gauge<L>) => Promise<void> | void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        return read(this);
      },
    });

  const requests = counter('lion_http_requests_total', 'HTTP requests that were answered.', ['method', 'route', 'status']);
  const requestSeconds = histogram('lion_http_request_duration_seconds', 'From a request to the end of its answer.', ['route']);

  const changes = counter('lion_operation_changes_total', 'Changes of the state of operations, by what they are in since.', [
    'kind',
    'change',
  ]);
  const operationSeconds = histogram('lion_operation_duration_seconds', 'From when an operation was queued to its end.', [
    'kind',
    'status',
  ]);
  const queueSeconds = histogram('lion_operation_queue_seconds', 'From when an operation was queued to when its work began.', [
    'kind',
  ]);
  const stepSeconds = histogram('lion_step_duration_seconds', 'One try of a step.', ['kind', 'outcome']);
  const callSeconds = histogram('lion_model_call_duration_seconds', 'One try of a step that asks a model.', ['model', 'outcome']);
  const callFaults = counter('lion_model_call_faults_total', 'Tries that failed, by the code of the fault.', ['model', 'code']);
  const tokens = counter('lion_model_tokens_total', 'Tokens that model calls used.', ['model', 'type']);
  const cost = counter('lion_model_cost_dollars_total', 'What model calls cost, in US dollars, where their price is known.', [
    'model',
  ]);

  const commitSeconds = histogram(
    'lion_journal_commit_duration_seconds',
    'A transaction of the journal, until it is durable.',
    [],
  );
  const batch = histogram(
    'lion_journal_batch_appends',
    'Appends that shared a transaction.',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );
  const events = counter('lion_journal_events_total', 'Events that were stored.', ['type']);

  gauge('lion_operations', 'Operations that have not ended.', ['status'], async (operations) => {
    for (const status of ['QUEUED', 'RUNNING', 'WAITING']) {
      const [row] = await lion.database.query<{ n: number }>(
        Prisma.sql`SELECT COUNT(*) AS "n" FROM "Operation" WHERE "status" = ${status}`,
      );
      operations.set({ status }, row!.n);
    }
  });
  gauge(
    'lion_queue_oldest_age_seconds',
    'For how long the first operation of the queue could have been claimed.',
    [],
    async (age) => {
      const [row] = await lion.database.query<{ readyAt: string | null }>(
        Prisma.sql`SELECT MIN("readyAt") AS "readyAt" FROM "Operation" WHERE "status" = 'QUEUED' AND "readyAt" IS NOT NULL`,
      );
      const { readyAt } = row!;
      age.set(readyAt === null ? 0 : Math.max(0, (lion.clock.now().getTime() - new Date(readyAt).getTime()) / 1000));
    },
  );
  gauge('lion_slots', 'How many operations can be worked on at a time.', [], (slots) => slots.set(lion.config.concurrency));
  gauge('lion_operations_executing', 'Operations that this process works on.', [], (executing) =>
    executing.set(lion.agent.running),
  );
  gauge('lion_subscribers', 'Subscriptions that are open.', [], (subscribers) => subscribers.set(lion.feed.followers().count));
  gauge('lion_subscriber_lag_events', 'How many events the slowest subscription is behind.', [], (lag) =>
    lag.set(lion.feed.followers().largestLag),
  );
  gauge('lion_followed_sessions', 'Sessions that are followed by somebody.', [], (followed) =>
    followed.set(lion.feed.followedSessions),
  );
  gauge('lion_websocket_connections', 'WebSockets that are open.', [], (open) => open.set(connections()));
  gauge('lion_database_size_bytes', 'The database, and what waits in its write-ahead log.', ['file'], (size) => {
    const { path } = lion.database;
    size.set({ file: 'database' }, sizeOf(path));
    size.set({ file: 'wal' }, sizeOf(`${path}-wal`));
  });
  gauge('lion_database_fault', 'Whether something keeps writes from the database: 1 with its code, or 0.', ['code'], (fault) => {
    const code = lion.database.fault()?.code;
    fault.reset();
    fault.set({ code: code ?? 'none' }, code === undefined ? 0 : 1);
  });
  const names = registry.getMetricsAsArray().map(({ name }) => name);

  const models = new Set<string>();
  function label(model: string): string {
    if (models.size < mostModels) models.add(model);
    return models.has(model) ? model : 'other';
  }

  function operation({ kind, change, sinceQueued }: OperationChanged): void {
    const of = kind ?? 'unknown';
    changes.inc({ kind: of, change });
    if (sinceQueued === null) return;
    if (change === 'STARTED') queueSeconds.observe({ kind: of }, sinceQueued);
    else if (change === 'SUCCEEDED' || change === 'FAILED' || change === 'CANCELLED')
      operationSeconds.observe({ kind: of, status: change }, sinceQueued);
  }

  function tried({ kind, outcome, code, model, usage, startedAt, at }: TryEnded): void {
    const took = startedAt && (at.getTime() - startedAt.getTime()) / 1000;
    if (took !== null) stepSeconds.observe({ kind: kind ?? 'unknown', outcome }, took);
    if (model === null) return;
    const of = label(model);
    if (took !== null) callSeconds.observe({ model: of, outcome }, took);
    if (code !== null) callFaults.inc({ model: of, code });
    tokens.inc({ model: of, type: 'input' }, usage.inputTokens);
    tokens.inc({ model: of, type: 'output' }, usage.outputTokens);
    tokens.inc({ model: of, type: 'cached' }, usage.cachedTokens);
    tokens.inc({ model: of, type: 'reasoning' }, usage.reasoningTokens);
    if (usage.cost !== null) cost.inc({ model: of }, usage.cost / 1_000_000);
  }

  const watch = watchHistory({ operation, try: tried });
  const stop = lion.journal.observe((commit) => {
    commitSeconds.observe({}, commit.seconds);
    batch.observe({}, commit.appends);
    for (const { type } of commit.events) events.inc({ type });
    watch(commit.events);
  });

  // What the process measures of itself costs as long as it lives: from when somebody first asks.
  let measuresProcess = false;
  return {
    async text() {
      if (!measuresProcess) collectDefaultMetrics({ register: registry });
      measuresProcess = true;
      return registry.metrics();
    },
    contentType: registry.contentType,
    names,
    requestServed({ method, route, status, seconds }) {
      requests.inc({ method, route, status });
      requestSeconds.observe({ route }, seconds);
    },
    close: stop,
  };
}
