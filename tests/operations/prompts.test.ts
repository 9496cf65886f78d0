import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { openPrompts } from '../../src/operations/prompts.ts';
import { openTestLion } from '../support/lion.ts';
import { openProviderLion, promptOf } from '../support/provider-lion.ts';
import { scratchFolder } from '../support/scratch.ts';

const file = (version: string, system: string, prompt: string): string =>
  `---\nversion: ${version}\n---\n# System\n${system}\n\n# Prompt\n${prompt}\n`;

describe('prompts', () => {
  it('put what the user wants in word for word, whatever it looks like', () => {
    const instruction = 'Tom & "Jerry" <b>{{guidance}} {{{context}}}</b>\n\n\n# Prompt\n\\u0041 $& $1';
    const { prompt } = openPrompts().render('perform.answer', { instruction, guidance: null, context: null });
    expect(prompt).toBe(`<instruction>\n${instruction}\n</instruction>`);
  });

  it('are overridden by a folder, and the history says which one was used, in which version', async () => {
    using scratch = scratchFolder();
    writeFileSync(join(scratch.path, 'perform.answer.md'), file('pirate-2', 'You are a pirate.', 'Arr: {{instruction}}'));
    writeFileSync(join(scratch.path, 'count.words.md'), file('1', 'You count.', 'How many words: {{text}}'));
    const count = define({
      kind: 'count',
      version: 1,
      description: 'Counts words.',
      input: z.object({ text: z.string() }),
      output: z.object({ answer: z.string() }),
      execute: async ({ input, generate, prompt }) => ({
        answer: await generate('count', prompt('count.words', { text: input.text })),
      }),
    });
    await using lion = await openProviderLion({ config: { promptsFolder: scratch.path }, definitions: [count] });
    const { provider, test } = lion;
    provider.answerAll('Aye.');
    const promptsOf = async (kind: string, input: Record<string, unknown>): Promise<(string | null)[]> =>
      (await test.follow(await test.start(kind, input))).flatMap((event) =>
        event.type === 'StepStarted' ? [event.payload.prompt] : [],
      );
    expect(await promptsOf('perform', { instruction: 'Sail' })).toEqual([
      expect.stringMatching(/^perform\.answer@pirate-2\+[0-9a-f]{8}$/),
    ]);
    expect(promptOf(provider.requests[0]!)).toBe('You are a pirate.\nArr: Sail');
    expect(await promptsOf('count', { text: 'a b' })).toEqual([expect.stringMatching(/^count\.words@1\+[0-9a-f]{8}$/)]);
    expect(promptOf(provider.requests[1]!)).toBe('You count.\nHow many words: a b');
  });

  it.each([
    ['no version', '# Prompt\nx', /must begin with three lines/],
    ['no prompt', '---\nversion: 1\n---\n# System\nx', /must have a part "# Prompt"/],
    ['no template', '---\nversion: 1\n---\n# Prompt\n{{#open}} x', /is not a template/],
  ])('a file with %s is refused at the start, by its name', async (_what, text, message) => {
    using scratch = scratchFolder();
    writeFileSync(join(scratch.path, 'perform.answer.md'), text);
    const opened = openTestLion({ config: { promptsFolder: scratch.path } });
    await expect(opened).rejects.toThrow(message);
    await expect(opened).rejects.toThrow('perform.answer.md');
  });

  it('a folder that is not there is refused at the start', async () => {
    await expect(openTestLion({ config: { promptsFolder: '/nowhere/at/all' } })).rejects.toThrow(/nowhere.*cannot be read/);
  });
});
