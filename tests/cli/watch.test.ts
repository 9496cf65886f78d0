import { expect, test } from 'vitest';
import type { Event } from '../../src/client/index.ts';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { answers, cli, openProvider, startCli } from './cli.ts';

const eventsOf = (stdout: string): Event[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

test('lion watch resumes after a cursor, and ends with the operation', async () => {
  using folder = scratchFolder();
  await using lion = await openTestLion();
  const operation = await lion.start('run', { instruction: 'Name a bakery' });
  const env = { LION_URL: lion.url, LION_KEY: lion.key };
  const all = await cli(['watch', operation.id, '--json'], folder.path, env);
  expect(all.stderr).toBe('');
  expect(all.code).toBe(0);
  const events = eventsOf(all.stdout);
  expect(events.at(-1)).toMatchObject({ type: 'OperationSucceeded', operation: { id: operation.id, kind: 'run' } });
  const rest = eventsOf((await cli(['watch', operation.id, '--json', '--after', '20'], folder.path, env)).stdout);
  expect(rest).toEqual(events.filter(({ seq }) => seq > 20));
  const lines = (await cli(['watch', operation.id, '--after', '20'], folder.path, env)).stdout;
  expect(lines).toMatch(/^plan {8}step: /);
  expect(lines).toMatch(/tokens .* op_\w+\n$/);
});

test('lion watch goes on over a restart of the server, without missing or repeating an event', async () => {
  using folder = scratchFolder();
  await using provider = await openProvider();
  const first = await startServer(folder.path, provider.env);
  const run = startCli(['run', 'Go somewhere', '--json'], folder.path);
  const asked = await provider.nextRequest();
  const sessions = await cli(['sessions', '--json'], folder.path);
  const [{ id: sessionId }] = JSON.parse(sessions.stdout) as [{ id: string }];
  const watch = startCli(['watch', sessionId.replace('ses_', 'op_').concat('_1'), '--json'], folder.path);
  await watch.printed(/"StepStarted"/);
  await first.kill();
  await asked.closed;
  provider.answer(answers.ideas, answers.selection, answers.plan);
  await using _second = await startServer(folder.path, { ...provider.env, LION_PORT: new URL(first.url).port });
  const { code, stdout } = await watch.ended;
  expect(code).toBe(0);
  const events = eventsOf(stdout);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 2));
  expect(events.map(({ type }) => type)).toContain('OperationRecovered');
  expect(JSON.parse((await run.ended).stdout)).toMatchObject({ selectedIdea: { title: 'South' } });
});

test('lion watch of a session ends with Ctrl-C, and stops nothing', async () => {
  using folder = scratchFolder();
  await using provider = await openProvider();
  await using _server = await startServer(folder.path, provider.env);
  const run = startCli(['run', 'Go somewhere', '--json'], folder.path);
  const asked = await provider.nextRequest();
  const sessions = await cli(['sessions', '--json'], folder.path);
  const [{ id }] = JSON.parse(sessions.stdout) as [{ id: string }];
  const watch = startCli(['watch', id], folder.path);
  await watch.printed(/brainstorm {2}started/);
  watch.process.kill('SIGINT');
  expect((await watch.ended).code).toBe(130);
  asked.writeText(answers.ideas);
  asked.finish();
  provider.answer(answers.selection, answers.plan);
  expect((await run.ended).code).toBe(0);
});

test('lion sessions lists the sessions, newest first', async () => {
  using folder = scratchFolder();
  await cli(['run', 'Name a bakery', '--json'], folder.path);
  await cli(['run', 'Name a boat', '--json'], folder.path);
  const { code, stdout } = await cli(['sessions'], folder.path);
  expect(code).toBe(0);
  const [head, ...rows] = stdout.trim().split('\n');
  expect(head).toMatch(/^id +status +events +created +expires +title$/);
  expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['active', 'active']);
  const sessions = JSON.parse((await cli(['sessions', '--json', '--first', '1'], folder.path)).stdout) as { id: string }[];
  expect(sessions.map(({ id }) => id)).toEqual([rows[0]!.split(' ')[0]]);
});
