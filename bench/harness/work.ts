import { graphqlBody, type HttpClient } from './http.ts';

const noopBody = graphqlBody(
  'mutation { noop(input: { label: "x" }, options: { waitMs: 60000 }) { ... on Operation { id status output { ... on NoopOutput { label } } } } }',
);

/** An operation of three steps that do nothing, in a session of its own, from the mutation to its output. */
export async function noop(client: HttpClient): Promise<void> {
  const answer = await client.send(noopBody);
  if (!answer.includes('"SUCCEEDED"')) throw new Error(`The operation did not succeed: ${answer}`);
}

const sessionBody = graphqlBody('mutation { createSession(input: { title: "bench" }) { ... on Session { id } } }');

export async function createSessions(client: HttpClient, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = JSON.parse(await client.send(sessionBody)) as { data: { createSession: { id: string } } };
      return answer.data.createSession.id;
    }),
  );
}

export interface Burst {
  count: number;
  /** 0: each as soon as the one before is stored. */
  ratePerSecond: number;
  /** When the first is due, by the clock of the machine. @default at once */
  beginAt?: number;
  /** When to stop although there are more to come. */
  mostMs?: number;
  /** Whether the server tells when each was committed. */
  tellCommits?: boolean;
}

const text = 'Sixty-four characters are about what one delta of a model holds.';

/** Starts an operation that emits events, and does not wait for it. */
export async function startBurst(client: HttpClient, sessionId: string, burst: Burst): Promise<void> {
  const answer = await client.send(
    graphqlBody(
      'mutation($input: BurstInput!, $sessionId: ID!) { burst(input: $input, options: { sessionId: $sessionId }) { ... on Operation { id } } }',
      { input: { ...burst, text }, sessionId },
    ),
  );
  if (!answer.includes('"op_')) throw new Error(`The operation was not started: ${answer}`);
}

/** The event of a burst, as a subscriber gets it. */
export interface BurstEvent {
  seq: number;
  type: string;
  data?: { index: number; dueAt: number };
}
