import {
  GraphQLError,
  Kind,
  Lexer,
  Source,
  TokenKind,
  parse,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type ParseOptions,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import type { QueryLimits } from '../config.ts';
import { QueryTooComplexError } from './query-too-complex.ts';

/** Deeper than any honest query, literals of JSON included; and far from what the recursion of a parser takes. */
const deepestNesting = 200;

/**
 * Parses a query, and refuses one of an unreasonable shape before anything walks it that may take longer than its length suggests,
 * as validation does.
 *
 * @throws QueryTooComplexError, GraphQLError
 */
export function parseLimited(text: string | Source, limits: QueryLimits, options?: ParseOptions): DocumentNode {
  refuseNesting(typeof text === 'string' ? text : text.body, limits);
  const document = parseTokens(text, limits, options);
  const fragments = new Map<string, FragmentDefinitionNode>();
  const count = { aliases: 0, directives: 0 };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    countIn(definition, count);
  }
  const defined = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).length;
  refuse('FRAGMENTS', defined, limits.fragments);
  refuse('DIRECTIVES', count.directives, limits.directives);
  refuse('ALIASES', count.aliases, limits.aliases);
  refuse('DEPTH', depthOf(document, fragments), limits.depth);
  return document;
}

/** Counts what is limited: by hand, as a visitor of all nodes takes three times as long as the parser. */
function countIn(definition: DefinitionNode, count: { aliases: number; directives: number }): void {
  if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) {
    // Nothing that is executed: validation refuses it, after it has looked at each directive.
    visit(definition, { Directive: () => void count.directives++ });
    return;
  }
  const look = ({ selections }: SelectionSetNode): void => {
    count.aliases += repeatedIn(selections);
    for (const selection of selections) {
      count.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD && selection.alias) count.aliases++;
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) look(selection.selectionSet);
    }
  };
  count.directives += definition.directives?.length ?? 0;
  for (const { directives } of definition.variableDefinitions ?? []) count.directives += directives?.length ?? 0;
  look(definition.selectionSet);
}

function refuse(limit: 'FRAGMENTS' | 'DIRECTIVES' | 'ALIASES' | 'DEPTH', actual: number, max: number): void {
  if (actual > max) throw new QueryTooComplexError(limit, actual, max);
}

/** Refuses a document before its nesting can overflow the stack of whoever walks it. */
function refuseNesting(text: string, { tokens }: QueryLimits): void {
  // Most have fewer brackets than that, and need no closer look.
  if ((text.match(/[[{]/g)?.length ?? 0) <= deepestNesting) return;
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  let count = 0;
  for (let { kind } = lexer.advance(); kind !== TokenKind.EOF; { kind } = lexer.advance()) {
    if (++count > tokens) throw new QueryTooComplexError('TOKENS', null, tokens);
    if (kind === TokenKind.BRACE_L || kind === TokenKind.BRACKET_L) depth++;
    else if (kind === TokenKind.BRACE_R || kind === TokenKind.BRACKET_R) depth--;
    if (depth > deepestNesting) throw new QueryTooComplexError('NESTING', null, deepestNesting);
  }
}

function parseTokens(text: string | Source, { tokens }: QueryLimits, options?: ParseOptions): DocumentNode {
  try {
    return parse(text, { ...options, maxTokens: tokens });
  } catch (error) {
    if (error instanceof GraphQLError && /Document contains more that? \d+ tokens/.test(error.message))
      throw new QueryTooComplexError('TOKENS', null, tokens);
    throw error;
  }
}

/**
 * How often fields stand in one selection that stood there before, which validation compares each with each. Inline fragments
 * belong to the selection around them, for the type that they are of.
 */
function repeatedIn(selections: readonly SelectionNode[]): number {
  if (selections.length === 1 && selections[0]!.kind === Kind.FIELD) return 0;
  const seen = new Set<string>();
  let repeated = 0;
  const look = (list: readonly SelectionNode[], type: string): void => {
    for (const selection of list) {
      if (selection.kind === Kind.FIELD) {
        const name = `${type}.${(selection.alias ?? selection.name).value}`;
        if (seen.has(name)) repeated++;
        seen.add(name);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        look(selection.selectionSet.selections, selection.typeCondition?.name.value ?? type);
      }
    }
  };
  look(selections, '');
  return repeated;
}

/** How many fields lie in one another. A fragment that holds itself is for validation to refuse. */
function depthOf(document: DocumentNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): number {
  const known = new Map<string, number>();
  const depthIn = (selections: readonly SelectionNode[]): number => {
    let deepest = 0;
    for (const selection of selections) deepest = Math.max(deepest, depthAt(selection));
    return deepest;
  };
  const depthAt = (selection: SelectionNode): number => {
    if (selection.kind === Kind.FIELD) return 1 + depthIn(selection.selectionSet?.selections ?? []);
    if (selection.kind === Kind.INLINE_FRAGMENT) return depthIn(selection.selectionSet.selections);
    const name = selection.name.value;
    const depth = known.get(name);
    if (depth !== undefined) return depth;
    known.set(name, 0);
    const found = depthIn(fragments.get(name)?.selectionSet.selections ?? []);
    known.set(name, found);
    return found;
  };
  let deepest = 0;
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) deepest = Math.max(deepest, depthIn(definition.selectionSet.selections));
  return deepest;
}
