import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mustache from 'mustache';
import { LionError, messageOf } from '../errors.ts';
import type { JsonObject } from '../history/event.ts';

/** What a model is asked with. */
export interface RenderedPrompt {
  system?: string;
  prompt: string;
  /** The prompt's name and version: `brainstorm.ideas@1`; of one that is overridden, with the start of its SHA-256 besides. */
  promptVersion: string;
}

/** The prompts, by name: each in a file of its own. */
export interface Prompts {
  readonly names: readonly string[];
  /** @throws PromptInvalidError for a name that there is none of */
  render(name: string, values: JsonObject): RenderedPrompt;
}

/** A prompt that cannot be used: it is not there, or its file is not as it must be. */
export class PromptInvalidError extends LionError {
  readonly code = 'PROMPT_INVALID';
  readonly retryable = false;
}

interface Prompt {
  version: string;
  system: string | undefined;
  prompt: string;
}

/** Where the prompts that come with Lion lie. */
export const promptsFolder = fileURLToPath(new URL('./prompts', import.meta.url));

/**
 * Reads the prompts that come with Lion, and those of a folder besides: a file of the same name there takes the place of Lion's,
 * one of another name is for definitions of the user's own.
 *
 * A file is called `<name>.md`. It begins with its version between two lines of `---`, and has two parts, `# System` (who the
 * model is to be; may be left out) and `# Prompt`. Both are Mustache templates: what is in `{{value}}` is put in as it is.
 *
 * @throws PromptInvalidError for a folder or a file that cannot be used
 */
export function openPrompts(overridesFolder?: string): Prompts {
  const builtIn = readFolder(promptsFolder, (_, version) => version);
  const overrides =
    overridesFolder === undefined
      ? new Map<string, Prompt>()
      : readFolder(
          overridesFolder,
          (text, version) => `${version}+${createHash('sha256').update(text).digest('hex').slice(0, 8)}`,
        );
  const prompts = new Map([...builtIn, ...overrides]);
  return {
    names: [...prompts.keys()],
    render(name, values) {
      const found = prompts.get(name);
      if (!found)
        throw new PromptInvalidError(`There is no prompt "${name}". Those that there are: ${[...prompts.keys()].join(', ')}.`);
      const { version, system, prompt } = found;
      return {
        ...(system !== undefined && { system: filled(system, values) }),
        prompt: filled(prompt, values),
        promptVersion: `${name}@${version}`,
      };
    },
  };
}

/** What a user wants is put in word for word: a model reads no HTML entities. */
const filled = (template: string, values: JsonObject): string =>
  Mustache.render(template, values, undefined, {
    escape: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  }).trimEnd();

function readFolder(folder: string, versionOf: (text: string, version: string) => string): Map<string, Prompt> {
  try {
    const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md');
    return new Map(files.map((file) => [basename(file, '.md'), parse(join(folder, file), versionOf)]));
  } catch (error) {
    if (error instanceof PromptInvalidError) throw error;
    throw new PromptInvalidError(`The folder of prompts, ${folder}, cannot be read: ${messageOf(error)}.`);
  }
}

function parse(path: string, versionOf: (text: string, version: string) => string): Prompt {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  const [, version, body = ''] = /^---\nversion: *([\w.-]{1,40})\n---\n([^]*)$/.exec(text) ?? [];
  if (version === undefined)
    throw new PromptInvalidError(`${path} must begin with three lines: ---, then "version: 1" or another version, then ---.`);
  const [, system, prompt] = /^\s*(?:# System\n([^]*?))?^# Prompt\n([^]*)$/m.exec(body) ?? [];
  if (prompt === undefined || prompt.trim() === '')
    throw new PromptInvalidError(`${path} must have a part "# Prompt" that is not empty, and before it may have "# System".`);
  for (const template of [system ?? '', prompt]) {
    try {
      Mustache.parse(template);
    } catch (error) {
      throw new PromptInvalidError(`${path} is not a template: ${messageOf(error)}.`);
    }
  }
  return { version: versionOf(text, version), system: system?.trim() || undefined, prompt: prompt.trim() };
}
