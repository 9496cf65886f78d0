import { expect, it } from 'vitest';
import { dataOf } from '../support/api.ts';
import type { GraphQLAnswer } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { kindsServer, startServer, type ServerProcess } from '../support/server-process.ts';

/** @returns the id of the operation; undefined where the server was gone before it could answer */
const ask = ({ url, key }: ServerProcess): Promise<string | undefined> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({
      query: 'mutation { toil(input: { steps: 1, stepMs: 1 }, options: { idempotencyKey: "once" }) { ... on Operation { id } } }',
    }),
  }).then(
    async (response) => dataOf<{ toil: { id: string } }>((await response.json()) as GraphQLAnswer).toil.id,
    () => undefined,
  );

it('50 copies of a request, and 50 more after the server was killed among them, are one operation', async () => {
  using scratch = scratchFolder();
  const copies = (server: ServerProcess): Promise<string | undefined>[] => Array.from({ length: 50 }, () => ask(server));
  const answers: (string | undefined)[] = [];
  {
    await using server = await startServer(scratch.path, {}, kindsServer);
    const asked = copies(server);
    // Killed as soon as one of them is answered: the others were on their way.
    answers.push(await Promise.any(asked));
    await server.kill('SIGKILL');
    answers.push(...(await Promise.all(asked)));
  }
  await using server = await startServer(scratch.path, {}, kindsServer);
  const later = await Promise.all(copies(server));
  expect(later).not.toContain(undefined);
  expect(new Set([...answers.filter((id) => id !== undefined), ...later]).size).toBe(1);
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': server.key },
    body: JSON.stringify({ query: '{ sessions { nodes { id } } operations { nodes { id } } }' }),
  });
  const { sessions, operations } = dataOf((await response.json()) as GraphQLAnswer);
  expect([sessions.nodes.length, operations.nodes.length]).toEqual([1, 1]);
}, 60_000);
