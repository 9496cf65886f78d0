import { DateTimeResolver, JSONResolver } from 'graphql-scalars';
import { createPubSub, createSchema } from 'graphql-yoga';
import { newSessionId, operationId } from '../../dist/ids.js';
import { burst, noop } from './operations.mjs';

/** As much of Lion's schema as the figures ask for: the same documents fit both. */
const typeDefs = /* GraphQL */ `
  scalar JSON
  scalar DateTime
  enum EventType {
    SessionCreated
    SessionUpdated
    OperationQueued
    OperationStarted
    StepStarted
    StepSucceeded
    OperationSucceeded
    DataEmitted
  }
  interface Event {
    seq: Int!
    type: EventType!
    at: DateTime!
  }
  type DataEmitted implements Event {
    seq: Int!
    type: EventType!
    at: DateTime!
    name: String!
    data: JSON
  }
  type Change implements Event {
    seq: Int!
    type: EventType!
    at: DateTime!
  }
  type Session {
    id: ID!
    title: String
    createdAt: DateTime!
  }
  type NoopOutput {
    label: String!
  }
  type Operation {
    id: ID!
    kind: String!
    status: String!
    createdAt: DateTime!
    finishedAt: DateTime
    output: NoopOutput
  }
  type PageInfo {
    hasNextPage: Boolean!
  }
  type SessionConnection {
    nodes: [Session!]!
    pageInfo: PageInfo!
  }
  type OperationConnection {
    nodes: [Operation!]!
    pageInfo: PageInfo!
  }
  input CreateSessionInput {
    title: String
    ttlSeconds: Int
  }
  input NoopInput {
    label: String!
  }
  input BurstInput {
    count: Int!
    ratePerSecond: Float!
    beginAt: Float! = 0
    mostMs: Float! = 60000
    text: String!
    tellCommits: Boolean! = false
  }
  input OperationOptions {
    sessionId: ID
    waitMs: Int! = 0
  }
  type Query {
    sessions(first: Int! = 20): SessionConnection!
    operations(first: Int! = 20): OperationConnection!
  }
  type Mutation {
    createSession(input: CreateSessionInput!): Session!
    noop(input: NoopInput!, options: OperationOptions): Operation!
    burst(input: BurstInput!, options: OperationOptions): Operation!
  }
  type Subscription {
    sessionEvents(sessionId: ID!, after: Int! = 0, types: [EventType!]): Event!
  }
`;

/** How many follow something: the client has no other way to know that its subscription has begun. */
export const following = { count: 0 };

export function makeSchema(prisma) {
  const pubSub = createPubSub();
  const lastSeq = new Map();
  const lastOperation = new Map();

  /** One write an event, then its publication: the order in which nothing is shown that is not stored. */
  async function append(sessionId, operation, type, payload, onStored) {
    const seq = lastSeq.get(sessionId) + 1;
    lastSeq.set(sessionId, seq);
    const event = await prisma.event.create({
      data: { sessionId, seq, type, version: 1, at: new Date(), operation, payload },
    });
    onStored?.();
    pubSub.publish('session', sessionId, event);
  }

  async function createSession(title) {
    const session = await prisma.session.create({
      data: { id: newSessionId(), projectId: 'prj_bench', title, metadata: {}, createdAt: new Date() },
    });
    lastSeq.set(session.id, 0);
    lastOperation.set(session.id, 0);
    await append(session.id, null, 'SessionCreated', { title, metadata: {}, expiresAt: null });
    return session;
  }

  /** A row for the operation, and an event for each of its transitions. */
  async function start(kind, input, options, work) {
    const sessionId = options?.sessionId ?? (await createSession(null)).id;
    const number = lastOperation.get(sessionId) + 1;
    lastOperation.set(sessionId, number);
    const key = { sessionId_number: { sessionId, number } };
    const none = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, reasoningTokens: 0 };
    const created = await prisma.operation.create({
      data: {
        sessionId,
        number,
        projectId: 'prj_bench',
        kind,
        version: 1,
        status: 'QUEUED',
        attempt: 0,
        crashes: 0,
        emits: 0,
        input,
        ...none,
        createdAt: new Date(),
      },
    });
    const tellOf = (type, payload, onStored) => append(sessionId, number, type, payload, onStored);
    async function carryOut() {
      await tellOf('OperationQueued', { kind, input });
      await prisma.operation.update({ where: key, data: { status: 'RUNNING', attempt: 1, startedAt: new Date() } });
      await tellOf('OperationStarted', { attempt: 1 });
      const output = await work(tellOf);
      const data = { status: 'SUCCEEDED', output, finishedAt: new Date() };
      const ended = await prisma.operation.update({ where: key, data });
      await tellOf('OperationSucceeded', { kind, output });
      return ended;
    }
    const ended = carryOut();
    if (options?.waitMs) return ended;
    ended.catch((error) => console.error(error));
    return created;
  }

  async function* storedThenLive(sessionId, after, types) {
    const live = pubSub.subscribe('session', sessionId);
    let seen = after;
    const where = { sessionId, seq: { gt: after }, ...(types && { type: { in: types } }) };
    for (const event of await prisma.event.findMany({ where, orderBy: { seq: 'asc' }, take: 256 })) {
      seen = event.seq;
      yield event;
    }
    for await (const event of live) if (event.seq > seen && (!types || types.includes(event.type))) yield event;
  }

  const page = (rows, first) => ({ nodes: rows.slice(0, first), pageInfo: { hasNextPage: rows.length > first } });

  return createSchema({
    typeDefs,
    resolvers: {
      JSON: JSONResolver,
      DateTime: DateTimeResolver,
      Query: {
        sessions: async (_root, { first }) =>
          page(await prisma.session.findMany({ take: first + 1, orderBy: { id: 'desc' } }), first),
        operations: async (_root, { first }) =>
          page(
            await prisma.operation.findMany({
              take: first + 1,
              orderBy: [{ createdAt: 'desc' }, { sessionId: 'desc' }, { number: 'desc' }],
            }),
            first,
          ),
      },
      Mutation: {
        createSession: (_root, { input }) => createSession(input.title ?? null),
        noop: (_root, { input, options }) => start('noop', input, options, noop(input)),
        burst: (_root, { input, options }) => start('burst', input, options, burst(input)),
      },
      Subscription: {
        sessionEvents: {
          // Below 0: live only, which is all that the stock parts have of their own.
          subscribe(_root, { sessionId, after, types }) {
            following.count++;
            return after < 0 ? pubSub.subscribe('session', sessionId) : storedThenLive(sessionId, after, types);
          },
          resolve: (event) => event,
        },
      },
      Operation: { id: ({ sessionId, number }) => operationId(sessionId, number) },
      Event: { __resolveType: ({ type }) => (type === 'DataEmitted' ? 'DataEmitted' : 'Change') },
      DataEmitted: { name: ({ payload }) => payload.name, data: ({ payload }) => payload.data },
    },
  });
}
