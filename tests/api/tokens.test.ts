import { afterEach, describe, expect, it, vi } from 'vitest';
import { dataOf } from '../support/api.ts';
import { testClock } from '../support/clock.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { followSse, openSocket } from '../support/sockets.ts';

afterEach(() => vi.restoreAllMocks());

interface CreatedToken {
  token: string;
  role: string;
  sessionId: string | null;
  expiresAt: string;
}

const document = `mutation ($input: CreateTokenInput!) {
  createToken(input: $input) { ... on CreatedToken { token role sessionId expiresAt } ... on Error { code message } }
}`;

const createToken = async (lion: TestLion, input: object = {}, key?: string): Promise<CreatedToken> =>
  dataOf(await lion.query(document, { input }, key)).createToken;

const newSession = async (lion: TestLion, title = 'x'): Promise<string> =>
  dataOf(await lion.query(`mutation { createSession(input: { title: "${title}" }) { ... on Session { id } } }`)).createSession.id;

const codesOf = ({ errors = [] }: GraphQLAnswer): unknown[] => errors.map(({ extensions }) => extensions['code']);

const whoIs = async (lion: TestLion, token: string): Promise<unknown> => {
  const { data, errors } = await lion.query('{ viewer { role isToken sessionId keyName } }', {}, token);
  return errors ? errors[0]!.message : data.viewer;
};

describe('a token', () => {
  it('is for looking, for ten minutes, unless it is asked otherwise', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { token, role, sessionId, expiresAt } = await createToken(lion);
    expect({ role, sessionId }).toEqual({ role: 'VIEWER', sessionId: null });
    expect(Math.round((Date.parse(expiresAt) - clock.now().getTime()) / 60_000)).toBe(10);
    expect(token).toMatch(/^lion_token_/);
    expect(await whoIs(lion, token)).toEqual({ role: 'VIEWER', isToken: true, sessionId: null, keyName: 'test' });
    clock.pass(600_000);
    expect(await whoIs(lion, token)).toMatch(/has expired/);
  });

  it('is taken wherever a key is', async () => {
    await using lion = await openTestLion();
    const id = await newSession(lion);
    const { token } = await createToken(lion, { sessionId: id });
    const subscription = `subscription { sessionEvents(sessionId: "${id}") { seq } }`;
    for (const headers of [{ 'x-api-key': token }, { authorization: `Bearer ${token}` }]) {
      const answers = followSse(lion, subscription, headers);
      expect((await answers.next()).value).toEqual({ data: { sessionEvents: { seq: 1 } } });
      await answers.return();
      const response = await fetch(`${lion.url}/sessions/${id}/history`, { headers });
      expect(response.status).toBe(200);
    }
    const socket = await openSocket(lion);
    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    socket.terminate();
  });

  it('is verified without a look at the database', async () => {
    await using lion = await openTestLion();
    const { token } = await createToken(lion);
    const { database, keys } = lion.lion;
    const looks = [vi.spyOn(database, 'query'), vi.spyOn(database, 'commit'), vi.spyOn(database, 'snapshot')];
    expect(await keys.authenticate(token)).toMatchObject({ keyName: 'test', isToken: true });
    for (const look of looks) expect(look).not.toHaveBeenCalled();
  });

  it('that was changed, or made by somebody else, is none', async () => {
    await using lion = await openTestLion();
    await using other = await openTestLion();
    const { token } = await createToken(lion);
    const [text, mac] = token.slice('lion_token_'.length).split('.') as [string, string];
    const said = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...said, r: 'admin' })).toString('base64url');
    const wrong = `${mac.slice(0, 10)}${mac[10] === 'A' ? 'B' : 'A'}${mac.slice(11)}`;
    for (const bad of [
      `lion_token_${forged}.${mac}`,
      `lion_token_${text}.${wrong}`,
      `lion_token_${text}.`,
      `lion_token_.${mac}`,
      (await createToken(other)).token,
    ])
      expect(await whoIs(lion, bad)).toMatch(/is not known here/);
  });

  it('ends with its key: revoked, or with the secret that made it', async () => {
    await using lion = await openTestLion();
    const { keys, defaultProjectId } = lion.lion;
    const { id, secret } = await keys.create(defaultProjectId, { name: 'server', role: 'operator' });
    const first = (await createToken(lion, {}, secret)).token;
    const rotated = await keys.rotate(defaultProjectId, id, 0);
    expect(await whoIs(lion, first)).toMatch(/was rotated/);
    const second = (await createToken(lion, {}, rotated.secret)).token;
    expect(await whoIs(lion, second)).toMatchObject({ keyName: 'server' });
    await keys.revoke(defaultProjectId, id, false);
    expect(await whoIs(lion, second)).toMatch(/was revoked/);
  });

  it('closes its WebSocket when it expires', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { token } = await createToken(lion, { expiresInSeconds: 60 });
    const socket = await openSocket(lion);
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': token } });
    await socket.next();
    clock.pass(60_000);
    expect(await socket.closed).toEqual({ code: 4403, reason: expect.stringMatching(/has expired/) });
  });
});

describe('what makes a token', () => {
  it('gives it no higher role than its own, and no longer a life', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { secret } = await lion.lion.keys.create(lion.lion.defaultProjectId, {
      name: 'short',
      role: 'operator',
      expiresInSeconds: 120,
    });
    expect(codesOf(await lion.query(document, { input: { role: 'ADMIN' } }, secret))).toEqual(['FORBIDDEN']);
    const { token, expiresAt } = await createToken(lion, { role: 'OPERATOR', expiresInSeconds: 3600 }, secret);
    expect(Date.parse(expiresAt) - clock.now().getTime()).toBeLessThanOrEqual(120_000);
    const again = await createToken(lion, { role: 'OPERATOR', expiresInSeconds: 3600 }, token);
    expect(again.expiresAt).toBe(expiresAt);
    const lower = await createToken(lion, {}, token);
    expect(codesOf(await lion.query(document, { input: { role: 'OPERATOR' } }, lower.token))).toEqual(['FORBIDDEN']);
    for (const expiresInSeconds of [0, 3601])
      expect(codesOf(await lion.query(document, { input: { expiresInSeconds } }))).toEqual(['BAD_INPUT']);
  });

  it('makes keys only where it is one', async () => {
    await using lion = await openTestLion();
    const { token } = await createToken(lion, { role: 'ADMIN' });
    expect(codesOf(await lion.query('{ keys { nodes { id } } }', {}, token))).toEqual([]);
    for (const mutation of [
      'createKey(input: { name: "mine", role: VIEWER })',
      'rotateKey(id: "key_x", overlapSeconds: 0)',
      'revokeKey(id: "key_x")',
    ])
      expect(codesOf(await lion.query(`mutation { ${mutation} { __typename } }`, {}, token))).toEqual(['FORBIDDEN']);
  });

  it('of one session, makes none for another', async () => {
    await using lion = await openTestLion();
    const [mine, other] = [await newSession(lion), await newSession(lion)];
    const { token } = await createToken(lion, { sessionId: mine });
    expect(await createToken(lion, { sessionId: other }, token)).toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect(await createToken(lion, {}, token)).toMatchObject({ sessionId: mine });
    expect(await createToken(lion, { sessionId: 'ses_none' })).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });
});

describe('for a token of one session', () => {
  it('nothing else of the project exists', async () => {
    await using lion = await openTestLion();
    const [mine, other] = [await newSession(lion, 'mine'), await newSession(lion, 'other')];
    const start = async (sessionId: string): Promise<string> =>
      dataOf(
        await lion.query(
          `mutation { perform(input: { instruction: "x" }, options: { sessionId: "${sessionId}", idempotencyKey: "once ${sessionId}", waitMs: 30000 }) { ... on Operation { id } } }`,
        ),
      ).perform.id;
    const [own, others] = [await start(mine), await start(other)];
    const { token } = await createToken(lion, { sessionId: mine, role: 'ADMIN' });
    const [noSession, noOperation] = ['ses_0000000000000000000000000000', 'op_0000000000000000000000000000_1'];

    const shown = dataOf(
      await lion.query(
        `{ session(id: "${mine}") { id } sessions { nodes { id } } operations { nodes { id } } operation(id: "${own}") { id } node(id: "${own}") { id } }`,
        {},
        token,
      ),
    );
    expect(shown).toEqual({
      session: { id: mine },
      sessions: { nodes: [{ id: mine }] },
      operations: { nodes: [{ id: own }] },
      operation: { id: own },
      node: { id: own },
    });
    // Each is asked of what is there, and of what is not: the answers are the same, but for the id.
    const ask = async (text: string): Promise<string> => {
      const answer = await lion.query(text, {}, token);
      return JSON.stringify(answer)
        .replaceAll(other, noSession)
        .replaceAll(others, noOperation)
        .replaceAll(other.slice(4), noSession.slice(4));
    };
    for (const [text, there, missing] of [
      [(id: string) => `{ session(id: "${id}") { id } }`, other, noSession],
      [(id: string) => `{ node(id: "${id}") { id } }`, other, noSession],
      [(id: string) => `{ node(id: "${id}") { id } }`, others, noOperation],
      [(id: string) => `{ operation(id: "${id}") { id } }`, others, noOperation],
      [
        (id: string) => `mutation { updateSession(input: { id: "${id}", title: "y" }) { ... on Error { code message } } }`,
        other,
        noSession,
      ],
      [(id: string) => `mutation { deleteSession(id: "${id}") { ... on Error { code message } } }`, other, noSession],
      [(id: string) => `mutation { cancelOperation(id: "${id}") { ... on Error { code message } } }`, others, noOperation],
      [(id: string) => `mutation { retryOperation(id: "${id}") { ... on Error { code message } } }`, others, noOperation],
      [
        (id: string) =>
          `mutation { answerOperation(input: { operationId: "${id}", name: "x" }) { ... on Error { code message } } }`,
        others,
        noOperation,
      ],
      [
        (id: string) =>
          `mutation { perform(input: { instruction: "x" }, options: { sessionId: "${id}" }) { ... on Error { code message } } }`,
        other,
        noSession,
      ],
    ] as const)
      expect(await ask(text(there))).toBe(await ask(text(missing)));

    for (const subscription of [
      `subscription { sessionEvents(sessionId: "${other}") { seq } }`,
      `subscription { operationEvents(operationId: "${others}") { seq } }`,
    ]) {
      const answers = followSse(lion, subscription, { 'x-api-key': token });
      expect((await answers.next()).value).toMatchObject({
        errors: [{ extensions: { code: expect.stringMatching(/_NOT_FOUND$/) } }],
      });
      await answers.return();
    }
    for (const path of [`/sessions/${other}`, `/sessions/${other}/history`, `/operations/${others}`])
      expect((await fetch(`${lion.url}${path}`, { headers: { 'x-api-key': token } })).status).toBe(404);
    const rest = await fetch(`${lion.url}/sessions`, { headers: { 'x-api-key': token } });
    expect(JSON.stringify(await rest.json())).not.toContain(other);
  });

  it('what is of the project as a whole is forbidden', async () => {
    await using lion = await openTestLion();
    const { token } = await createToken(lion, { sessionId: await newSession(lion), role: 'ADMIN' });
    for (const text of [
      '{ usage { calls } }',
      '{ budgets { scope } }',
      '{ keys { nodes { id } } }',
      '{ audit { nodes { id } } }',
      '{ system { version } }',
      'mutation { createSession(input: {}) { __typename } }',
      'mutation { forkSession(input: { id: "x" }) { __typename } }',
    ])
      expect([text, codesOf(await lion.query(text, {}, token))]).toEqual([text, ['FORBIDDEN']]);
  });

  it('what is started belongs to it, and idempotency keys of others say nothing', async () => {
    await using lion = await openTestLion();
    const mine = await newSession(lion);
    const start = async (instruction: string, key?: string) =>
      dataOf(
        await lion.query(
          `mutation { perform(input: { instruction: "${instruction}" }, options: { idempotencyKey: "same", waitMs: 30000 }) { ... on Operation { id session { id } } ... on Error { code } } }`,
          {},
          key,
        ),
      ).perform;
    const { session } = await start('for the project');
    expect(session.id).not.toBe(mine);
    const { token } = await createToken(lion, { sessionId: mine, role: 'OPERATOR' });
    const first = await start('for the browser', token);
    expect(first.session.id).toBe(mine);
    expect(await start('for the browser', token)).toEqual(first);
    expect(await start('otherwise', token)).toEqual({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('a fork does not tell what it was forked from', async () => {
    await using lion = await openTestLion();
    const source = await newSession(lion);
    const fork = dataOf(await lion.query(`mutation { forkSession(input: { id: "${source}" }) { ... on Session { id } } }`))
      .forkSession.id;
    const { token } = await createToken(lion, { sessionId: fork });
    expect(
      dataOf(await lion.query(`{ session(id: "${fork}") { forkedFrom { id } events { nodes { seq type } } } }`, {}, token)),
    ).toEqual({
      session: {
        forkedFrom: null,
        events: {
          nodes: [
            { seq: 1, type: 'SessionCreated' },
            { seq: 2, type: 'SessionForked' },
          ],
        },
      },
    });
  });
});
