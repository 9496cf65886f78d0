import type { Lion } from '../../lion.ts';
import type { AnyDefinition } from '../../operations/definition.ts';
import { builtInDefinitions } from '../../operations/index.ts';
import { jsonSchemaOf, shown, type JsonSchema } from './naming.ts';

/** What REST has to know of a kind of operation. Schemas have the names that there are inside. */
export interface Kind {
  definition: AnyDefinition;
  isBuiltIn: boolean;
  /** What a client gives. */
  given: JsonSchema;
  /** What is stored of it. */
  stored: JsonSchema;
  output: JsonSchema;
}

export type Kinds = ReadonlyMap<string, Kind>;

export function kindsOf({ definitions }: Lion): Kinds {
  const builtIn = new Set<string>(builtInDefinitions.map(({ kind }) => kind));
  return new Map(
    [...definitions].map(([name, definition]) => [
      name,
      {
        definition,
        isBuiltIn: builtIn.has(name),
        given: jsonSchemaOf(definition.input, 'given'),
        stored: jsonSchemaOf(definition.input, 'stored'),
        output: jsonSchemaOf(definition.output, 'output'),
      },
    ]),
  );
}

/** A result as REST shows it: of a kind that there is no more, as it was stored. */
export const shownResult = (kinds: Kinds, kind: string | null, output: unknown, sessionId: string): unknown =>
  shown(output, kinds.get(kind ?? '')?.output ?? {}, sessionId);

/** What an operation was started with, as REST shows it. */
export const shownInput = (kinds: Kinds, kind: string, input: unknown, sessionId: string): unknown =>
  shown(input, kinds.get(kind)?.stored ?? {}, sessionId);
