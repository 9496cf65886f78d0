import {
  getNamedType,
  getNullableType,
  getOperationAST,
  GraphQLError,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { eventPageSizes } from '../history/event-page.ts';
import { pageSizes } from '../page.ts';
import { QueryTooComplexError } from './query-too-complex.ts';

/** A request for a document: its variables, and what was worked out for them so far. */
interface Request {
  variables: Readonly<Record<string, unknown>>;
  known: Map<OpenFigure, number>;
}

/** A figure that depends on the variables. */
type OpenFigure = (request: Request) => number;
type Figure = number | OpenFigure;

/** How many objects a selection stands for: once, and for each entry of the lists that lie directly in it. */
interface Cost {
  once: Figure;
  each: Figure;
}

/** How many entries a list is taken to have where its field takes no `first` and no `last`. */
export const assumedEntries = 5;

/** The same, of what is told of the schema: its lists are longer, and no key is needed to ask for them. */
const assumedIntrospectionEntries = 10;

const entriesIn = (type: GraphQLCompositeType): number =>
  type.name.startsWith('__') ? assumedIntrospectionEntries : assumedEntries;

const introspection: Record<string, GraphQLField<unknown, unknown>> = { __schema: SchemaMetaFieldDef, __type: TypeMetaFieldDef };

const costs = new WeakMap<DocumentNode, Map<string | null, Figure>>();

/**
 * Refuses a query that may answer with more objects than one may. A page counts as many as are asked for, any other list counts
 * `assumedEntries`; of a union or an interface the costliest member counts. A document is looked through once; what is left for each
 * request is what its variables say.
 *
 * @param args of a valid document
 * @throws QueryTooComplexError
 */
export function refuseCostly(
  args: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>,
  max: number,
): void {
  const { schema, document, operationName, variableValues } = args;
  const name = operationName ?? null;
  let ofDocument = costs.get(document);
  if (!ofDocument) costs.set(document, (ofDocument = new Map<string | null, Figure>()));
  let figure = ofDocument.get(name);
  if (figure === undefined) {
    const operation = getOperationAST(document, operationName);
    // Whoever executes it says so.
    if (!operation) return;
    figure = costOfOperation(schema, document, operation);
    ofDocument.set(name, figure);
  }
  const actual = valueOf(figure, { variables: variableValues ?? {}, known: new Map() });
  if (actual > max) throw new QueryTooComplexError('COST', actual, max);
}

function costOfOperation(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Figure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const defaults = new Map<string, ValueNode>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? [])
    if (defaultValue) defaults.set(variable.name.value, defaultValue);
  const known = new Map<SelectionSetNode, Map<GraphQLCompositeType, Cost>>();

  function costOf(set: SelectionSetNode, type: GraphQLCompositeType): Cost {
    let ofSet = known.get(set);
    if (!ofSet) known.set(set, (ofSet = new Map<GraphQLCompositeType, Cost>()));
    let cost = ofSet.get(type);
    if (!cost) ofSet.set(type, (cost = isObjectType(type) ? costOfObject(set, type) : costOfAny(set, type)));
    return cost;
  }

  function costOfAny(set: SelectionSetNode, type: GraphQLCompositeType): Cost {
    if (!isAbstractType(type)) return { once: 0, each: 0 };
    const members = schema.getPossibleTypes(type).map((member) => total(costOf(set, member), assumedEntries));
    return { once: largest(members), each: 0 };
  }

  function costOfObject(set: SelectionSetNode, type: GraphQLObjectType): Cost {
    const once: Figure[] = [];
    const each: Figure[] = [];
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const { isList, figure } = costOfField(selection, type);
        (isList ? each : once).push(figure);
        continue;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (!fragment || !applies(fragment.typeCondition?.name.value, type)) continue;
      const inside = costOf(fragment.selectionSet, type);
      once.push(inside.once);
      each.push(inside.each);
    }
    return { once: sum(once), each: sum(each) };
  }

  function applies(condition: string | undefined, type: GraphQLObjectType): boolean {
    if (condition === undefined || condition === type.name) return true;
    const of = schema.getType(condition);
    return isAbstractType(of) && schema.isSubType(of, type);
  }

  /** Of a list: what one entry of it costs. */
  function costOfField(field: FieldNode, parent: GraphQLObjectType): { isList: boolean; figure: Figure } {
    const name = field.name.value;
    const definition = parent.getFields()[name] ?? introspection[name];
    const type = definition && getNamedType(definition.type);
    if (!definition || !field.selectionSet || !isCompositeType(type)) return { isList: false, figure: 0 };
    const isList = isListType(getNullableType(definition.type));
    const isPaged = definition.args.some((argument) => argument.name === 'first');
    const inside = costOf(field.selectionSet, type);
    if (!isPaged) return { isList, figure: sum([1, total(inside, entriesIn(type))]) };
    const entries = entriesOf(field, type.name === 'EventConnection' ? eventPageSizes : pageSizes);
    if (!isList) return { isList, figure: sum([1, total(inside, entries)]) };
    return { isList: false, figure: product(entries, sum([1, total(inside, entriesIn(type))])) };
  }

  function entriesOf(field: FieldNode, sizes: { default: number; max: number }): Figure {
    const asked = ['first', 'last'].flatMap((name) => {
      const value = field.arguments?.find((argument) => argument.name.value === name)?.value;
      return value ? [numberOf(value)] : [];
    });
    const entries = (given: (number | undefined)[]): number => {
      const numbers = given.filter((number) => number !== undefined);
      return Math.min(sizes.max, Math.max(0, numbers.length > 0 ? Math.max(...numbers) : sizes.default));
    };
    const fixed = asked.map((number) => (typeof number === 'function' ? undefined : number));
    if (asked.every((number) => typeof number !== 'function')) return entries(fixed);
    return open((request) => entries(asked.map((number) => (typeof number === 'function' ? number(request) : number))));
  }

  function numberOf(value: ValueNode): number | undefined | ((request: Request) => number | undefined) {
    if (value.kind === Kind.INT) return Number(value.value);
    if (value.kind !== Kind.VARIABLE) return undefined;
    const name = value.name.value;
    const fallback = defaults.get(name);
    const otherwise = fallback?.kind === Kind.INT ? Number(fallback.value) : undefined;
    return ({ variables }) => {
      const given = variables[name];
      return typeof given === 'number' ? given : given === undefined ? otherwise : undefined;
    };
  }

  const root = schema.getRootType(operation.operation);
  if (!root) throw new GraphQLError(`The schema has no ${operation.operation}.`);
  return total(costOf(operation.selectionSet, root), assumedEntries);
}

const total = ({ once, each }: Cost, entries: Figure): Figure => sum([once, product(each, entries)]);

function sum(figures: readonly Figure[]): Figure {
  const fixed = fixedOf(figures).reduce((so, figure) => so + figure, 0);
  const others = openOf(figures);
  return others.length === 0 ? fixed : open((request) => others.reduce((so, figure) => so + figure(request), fixed));
}

function product(a: Figure, b: Figure): Figure {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return a === 0 || b === 0 ? 0 : open((request) => valueOf(a, request) * valueOf(b, request));
}

function largest(figures: readonly Figure[]): Figure {
  const fixed = Math.max(0, ...fixedOf(figures));
  const others = openOf(figures);
  return others.length === 0 ? fixed : open((request) => Math.max(fixed, ...others.map((figure) => figure(request))));
}

const fixedOf = (figures: readonly Figure[]) => figures.filter((figure) => typeof figure === 'number');
const openOf = (figures: readonly Figure[]) => figures.filter((figure) => typeof figure === 'function');

const valueOf = (figure: Figure, request: Request): number => (typeof figure === 'number' ? figure : figure(request));

/** Worked out once for each request: fragments that double one another would else take for ever. */
function open(compute: OpenFigure): OpenFigure {
  const figure: OpenFigure = (request) => {
    let value = request.known.get(figure);
    if (value === undefined) request.known.set(figure, (value = compute(request)));
    return value;
  };
  return figure;
}
