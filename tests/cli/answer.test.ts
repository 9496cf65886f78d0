import { expect, test } from 'vitest';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cli, startCli } from './cli.ts';

test('lion watch shows what is asked and how to answer it; lion answer does so', async () => {
  using folder = scratchFolder();
  await using lion = await openTestLion();
  const env = { LION_URL: lion.url, LION_KEY: lion.key };
  const answer = (...args: string[]) => cli(['answer', ...args], folder.path, env);
  const choices = ['Rye', 'Spelt'].map((label) => ({ label }));
  const { id } = await lion.start('select', { instruction: 'Which flour?', choices, by: 'PERSON' });

  const watch = startCli(['watch', id], folder.path, env);
  await watch.printed(/select +waits for an answer/);
  expect(watch.stdout()).toMatch(/select +asks: Which flour\?/);
  expect(watch.stdout()).toContain(`answer it: lion answer ${id} --name selection '<JSON>'`);

  const asked = await answer(id);
  expect(JSON.parse(asked.stdout)).toMatchObject({
    name: 'selection',
    question: 'Which flour?',
    context: { choices: [{ id: 'choice-1', label: 'Rye' }, expect.anything()] },
    schema: { properties: { selected: { items: { enum: ['choice-1', 'choice-2'] } } } },
  });
  expect(asked.code).toBe(0);
  const [wrong, notJson, other] = await Promise.all([
    answer(id, '{"selected": ["choice-3"]}'),
    answer(id, 'choice-2'),
    answer(id, '--name', 'else', '1'),
  ]);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^lion: .*answer\.selected\[0\]/m) });
  expect(notJson).toMatchObject({ code: 2, stderr: expect.stringContaining('The answer is not JSON') });
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('does not wait for an answer to "else"') });

  expect(await answer(id, '{"selected": ["choice-2"]}')).toMatchObject({
    code: 0,
    stdout: `Which flour?\nAnswered. \`lion watch ${id}\` shows how it goes on.\n`,
  });
  const { code, stdout } = await watch.ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/answered by the key "test": \{"selected":\["choice-2"\]\}/);
  const late = await answer(id, '{"selected": ["choice-1"]}');
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining(`${id} asks nothing: it is succeeded.`) });
});
