import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { answers, cli, openProvider } from './cli.ts';

const key = 'sk-planted-0123456789abcdef';

/** Records a run against a provider that is gone afterwards. @returns what `lion run --json` printed */
async function record(folder: string, file: string): Promise<string> {
  await using provider = await openProvider();
  provider.answer(answers.ideas, 'I cannot choose.', answers.selection, answers.plan);
  const env = { ...provider.env, LION_MODEL_API_KEY: key };
  const { code, stdout, stderr } = await cli(['run', 'Go somewhere', '--json', '--record', file], folder, env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(provider.requests).toHaveLength(4);
  return stdout;
}

describe('lion run --record and --replay', () => {
  test('play the same again with no network, no key and no configuration, nonsense included', async () => {
    using folder = scratchFolder();
    const file = join('fixtures', 'somewhere.jsonl');
    const recorded = await record(folder.path, file);
    expect(JSON.parse(recorded)).toMatchObject({ selectedIdea: { id: 'idea-2', title: 'South' } });
    const replayed = await cli(['run', 'Go somewhere', '--json', '--replay', file], folder.path);
    expect(replayed).toEqual({ code: 0, stdout: recorded, stderr: '' });
    const text = readFileSync(join(folder.path, file), 'utf8');
    expect(text).toContain('I cannot choose.');
    expect(text).not.toContain('planted');
  });

  test('say that it is a Lion of its own, and leave nothing of it', async () => {
    using folder = scratchFolder();
    using temporary = scratchFolder();
    const env = { TMPDIR: temporary.path, TEMP: temporary.path };
    const run = (...flags: string[]) => cli(['run', 'Name a bakery', ...flags], folder.path, env);
    const recorded = await run('--record', 'bakery.jsonl');
    expect(recorded).toMatchObject({
      code: 0,
      stderr: 'lion: recording to bakery.jsonl, in a Lion of its own that is gone afterwards\n',
      stdout: expect.stringMatching(/run {9}succeeded/),
    });
    const replayed = await run('--replay', 'bakery.jsonl');
    expect(replayed).toMatchObject({
      code: 0,
      stderr: 'lion: replaying bakery.jsonl, in a Lion of its own that is gone afterwards\n',
      stdout: expect.stringMatching(/run {9}succeeded/),
    });
    expect(readdirSync(folder.path)).toEqual(['bakery.jsonl']);
    expect(readdirSync(temporary.path)).toEqual([]);
    expect(tmpdir()).not.toBe(temporary.path);
  });

  test('keep away from the Lion of LION_URL and from the one that holds the database', async () => {
    using folder = scratchFolder();
    await using elsewhere = await openTestLion();
    await using _server = await startServer(folder.path);
    await record(folder.path, 'somewhere.jsonl');
    const before = await cli(['sessions', '--json'], folder.path);
    const env = { LION_URL: elsewhere.url, LION_KEY: elsewhere.key };
    const replayed = await cli(['run', 'Go somewhere', '--replay', 'somewhere.jsonl'], folder.path, env);
    expect(replayed).toMatchObject({ code: 0, stderr: expect.stringMatching(/^lion: replaying somewhere\.jsonl, /) });
    expect((await cli(['sessions', '--json'], folder.path)).stdout).toBe(before.stdout);
    expect(JSON.parse(before.stdout)).toEqual([]);
    expect(await elsewhere.lion.database.reader.session.count()).toBe(0);
  });

  test('another instruction than was recorded fails, and says what differs', async () => {
    using folder = scratchFolder();
    await record(folder.path, 'somewhere.jsonl');
    const { code, stdout, stderr } = await cli(['run', 'Go nowhere', '--json', '--replay', 'somewhere.jsonl'], folder.path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/The recording somewhere\.jsonl holds no answer of openai-compatible\/test to the request "/);
    expect(stderr).toMatch(/somewhere.*" was recorded, ".*nowhere.*" is asked/);
    expect(stderr).toMatch(/record it again\. \(MODEL_NOT_RECORDED\)/);
  });

  test.each([
    [['--record', 'a.jsonl', '--replay', 'a.jsonl'], /--record and --replay do not go together/],
    [['--record', 'a.jsonl', '--session', 'ses_1'], /--record and --session do not go together: .+ a Lion of its own/],
    [['--replay', 'a.jsonl', '--session', 'ses_1'], /--replay and --session do not go together/],
    [['--replay', ''], /--replay needs the name of a file/],
  ])('%j is wrong usage', async (flags, complaint) => {
    using folder = scratchFolder();
    const { code, stderr } = await cli(['run', 'Name a bakery', ...flags], folder.path);
    expect(code).toBe(2);
    expect(stderr).toMatch(complaint);
    expect(existsSync(join(folder.path, 'a.jsonl'))).toBe(false);
  });

  test('a recording that is not there is told of in a sentence', async () => {
    using folder = scratchFolder();
    const { code, stderr } = await cli(['run', 'Name a bakery', '--replay', 'none.jsonl'], folder.path);
    expect(code).toBe(1);
    expect(stderr).toBe('lion: The recording cannot be used: none.jsonl does not exist; record it first\n');
  });
});

describe('LION_RECORD and LION_REPLAY', () => {
  test('do the same for whatever Lion is opened', async () => {
    using folder = scratchFolder();
    const run = (env: Record<string, string>) => cli(['run', 'Name a bakery', '--json'], folder.path, env);
    const recorded = await run({ LION_RECORD: 'bakery.jsonl' });
    const replayed = await run({ LION_REPLAY: 'bakery.jsonl', LION_MODEL: 'openai/without-a-key' });
    expect(replayed).toEqual({ code: 0, stdout: recorded.stdout, stderr: '' });
    expect(await run({ LION_RECORD: 'bakery.jsonl', LION_REPLAY: 'bakery.jsonl' })).toMatchObject({
      code: 2,
      stderr: 'lion: LION_REPLAY: cannot be set together with LION_RECORD\n',
    });
  });
});
