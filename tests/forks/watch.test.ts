import { expect, test } from 'vitest';
import { cli, startCli } from '../cli/cli.ts';
import { openTestLion, refOf } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { clientOf, errand, fork, letGo, say, sessionOf, underWay, upTo } from './forking.ts';

test('lion watch shows the past of a fork as its own, and says of what was cut off that it does not go on', async () => {
  using folder = scratchFolder();
  await using lion = await openTestLion({ definitions: [errand] });
  const id = await underWay(lion, 'watched');
  const made = await fork(lion, { id: sessionOf(id) });
  letGo('watched');
  await lion.follow(refOf(id));
  const own = await say(lion, made.id);
  const env = { LION_URL: lion.url, LION_KEY: lion.key };
  const cutOff = await cli(['watch', id.replace(sessionOf(id).slice(4), made.id.slice(4))], folder.path, env);
  expect(cutOff.code).toBe(1);
  expect(cutOff.stderr).toContain('had not ended when its session was forked, and does not go on there');
  const child = await cli(['watch', `op_${made.id.slice('ses_'.length)}_2`, '--json'], folder.path, env);
  expect(child.code).toBe(0);
  expect(child.stdout.trim().split('\n').at(-1)).toContain('"OperationSucceeded"');
  expect((await cli(['watch', own.id], folder.path, env)).code).toBe(0);

  const { lastSeq } = (await clientOf(lion).session(made.id))!;
  const lines = startCli(['watch', made.id], folder.path, env);
  await lines.printed(/forked from ses_\w+; 1 operation does not go on here/);
  await lines.printed(/perform +succeeded[^]*forked[^]*perform +succeeded/);
  lines.process.kill('SIGINT');
  await lines.ended;
  const json = startCli(['watch', made.id, '--json'], folder.path, env);
  await json.printed(new RegExp(`"seq":${lastSeq},`));
  json.process.kill('SIGINT');
  const { stdout } = await json.ended;
  const seqs = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(seqs).toEqual(upTo(lastSeq));
});
