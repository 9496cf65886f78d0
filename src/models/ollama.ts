import { z } from 'zod';
import { messageOf } from '../errors.ts';

const tags = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      details: z.object({ family: z.string().nullish(), families: z.array(z.string()).nullish() }).nullish(),
    }),
  ),
});

/** What asking for a local Ollama found: a model, or why there is none. */
export type OllamaFound = { model: string } | { absent: string };

/**
 * Asks an Ollama for its first model that can talk. Takes 250 ms at most to find that nothing answers.
 * @param url without a path, as from `ollamaUrl`
 */
export async function findOllamaModel(url: string): Promise<OllamaFound> {
  try {
    const version = await fetch(`${url}/api/version`, { signal: AbortSignal.timeout(250) });
    await version.arrayBuffer();
    if (!version.ok) return { absent: 'no local Ollama answers' };
  } catch {
    return { absent: 'no local Ollama answers' };
  }
  try {
    const response = await fetch(`${url}/api/tags`, { signal: AbortSignal.timeout(2000) });
    const { models } = tags.parse(await response.json());
    const talking = models.find((model) => !embeds(model));
    return talking ? { model: talking.name } : { absent: 'the local Ollama has no model that can talk' };
  } catch (thrown) {
    return { absent: `the local Ollama does not list its models (${messageOf(thrown).slice(0, 100)})` };
  }
}

// Ollama does not say in its list what a model can do: embedding models are known by their family or name.
function embeds({ name, details }: z.infer<typeof tags>['models'][number]): boolean {
  const families = [details?.family ?? '', ...(details?.families ?? [])];
  return families.some((family) => /bert/i.test(family)) || /embed|minilm|(^|\/)bge-|(^|\/)gte-/i.test(name);
}

/**
 * Fetches for the Ollama provider package, which prints a line that is no part of an answer to the console and drops it, the
 * one in which Ollama tells of an error too: here such a line breaks the stream, with what it says.
 */
export function fetchOllama(inner: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await inner(input, init);
    if (!response.ok || response.body === null) return response;
    return new Response(response.body.pipeThrough(checkedLines()), response);
  };
}

function checkedLines(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  const pass = (line: string, controller: TransformStreamDefaultController<Uint8Array>): void => {
    const fault = faultOf(line);
    if (fault === undefined) controller.enqueue(encoder.encode(`${line}\n`));
    else controller.error(fault);
  };
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) pass(line, controller);
    },
    flush(controller) {
      if (rest !== '') pass(rest, controller);
    },
  });
}

/** What is wrong with a line of an answer; an object such as the other providers send, where Ollama says so itself. */
function faultOf(line: string): Error | { error: unknown } | undefined {
  if (line.trim() === '') return undefined;
  try {
    const { error } = z.looseObject({ error: z.unknown().optional() }).parse(JSON.parse(line));
    return error === undefined ? undefined : { error };
  } catch {
    return new Error('a line of the answer is not JSON');
  }
}
