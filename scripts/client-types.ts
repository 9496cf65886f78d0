/** Makes the types of the client from the schema, for what its fragments select: the client cannot say anything else than the API. */
import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  Kind,
  parse,
  typeFromAST,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { format, resolveConfig } from 'prettier';
import * as documents from '../src/client/documents.ts';

const scalars: Record<string, string> = {
  ID: 'string',
  String: 'string',
  DateTime: 'string',
  Boolean: 'boolean',
  JSON: 'unknown',
};

const isStart = ({ args }: { args: readonly { name: string }[] }): boolean =>
  args.map(({ name }) => name).join() === 'input,options';

/** `src/client/schema-types.ts` */
export function printSchemaTypes(schema: GraphQLSchema, path: string): Promise<string> {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const fragments = fragmentsOf(Object.values(documents));
  const starts = Object.values(schema.getMutationType()!.getFields()).filter(isStart);
  return formatted(path, [
    '// Made from the schema by `npm run schema`.',
    ...types.filter(isEnumType).map((type) => `${comment(type.description)}export type ${type.name} = ${valuesOf(type)};`),
    ...types.filter(isInputObjectType).map(
      (type) =>
        `${comment(type.description)}export interface ${type.name} {\n${Object.values(type.getFields())
          .map(({ name, description, type: of, defaultValue }) => {
            const optional = !isNonNullType(of) || defaultValue !== undefined;
            const byDefault = defaultValue === undefined ? '' : ` @default ${JSON.stringify(defaultValue)}`;
            return `${comment((description ?? '') + byDefault)}${name}${optional ? '?' : ''}: ${optionalType(inputType(of), optional)};`;
          })
          .join('\n')}\n}`,
    ),
    `/** The kinds of operation that every Lion has, with what each takes. */\nexport interface Inputs {\n${starts
      .map(({ name, description, args }) => `${comment(description)}${name}: ${getNamedType(args[0]!.type).name};`)
      .join('\n')}\n}`,
    ...[...fragments.values()]
      .toSorted((a, b) => (typeName(a) < typeName(b) ? -1 : 1))
      .map((fragment) => {
        const type = typeFromAST(schema, fragment.typeCondition) as GraphQLCompositeType;
        const printed = new Selections(schema, fragments).print(type, [fragment.selectionSet]);
        return `${comment(type.description)}export type ${typeName(fragment)} = ${printed};`;
      }),
  ]);
}

/** `src/client/possible-types.ts` */
export function printPossibleTypes(schema: GraphQLSchema, path: string): Promise<string> {
  const possible = Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .map(
      (type) =>
        `${type.name}: [${schema
          .getPossibleTypes(type)
          .map(({ name }) => `'${name}'`)
          .join()}],`,
    );
  return formatted(path, [
    '// Made from the schema by `npm run schema`.',
    `/** The members of unions and interfaces, as normalized caches have to know them. */\nexport const possibleTypes: Record<string, string[]> = {\n${possible.join('\n')}\n};`,
  ]);
}

const formatted = async (path: string, parts: readonly string[]): Promise<string> =>
  format(parts.join('\n\n'), { ...(await resolveConfig(path)), parser: 'typescript' });

const comment = (text: string | null | undefined): string => (text ? `/** ${text.trim()} */\n` : '');
const valuesOf = (type: GraphQLEnumType): string =>
  type
    .getValues()
    .map(({ name }) => `'${name}'`)
    .join(' | ');
const optionalType = (type: string, optional: boolean): string => (optional && type !== 'unknown' ? `${type} | undefined` : type);
const typeName = ({ name }: FragmentDefinitionNode): string => name.value.replace(/Fields$/, '');
const listOf = (item: string): string => (/^\w+$/.test(item) ? `${item}[]` : `(${item})[]`);

function leafType(name: string, isEnum: boolean): string {
  return scalars[name] ?? (isEnum ? name : 'number');
}

function inputType(type: GraphQLInputType, nullable = true): string {
  if (isNonNullType(type)) return inputType(type.ofType, false);
  const inner = isListType(type)
    ? `readonly ${listOf(inputType(type.ofType))}`
    : isInputObjectType(type)
      ? type.name
      : leafType(type.name, isEnumType(type));
  return nullable && inner !== 'unknown' ? `${inner} | null` : inner;
}

function fragmentsOf(documents: readonly string[]): Map<string, FragmentDefinitionNode> {
  const definitions = documents.flatMap((document) => parse(document).definitions);
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}

/** Types of what selections give. */
class Selections {
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema;
    this.#fragments = fragments;
  }

  print(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): string {
    const isDistinguished = sets.some((set) => set.selections.some(({ kind }) => kind === Kind.INLINE_FRAGMENT));
    const spread = sets.length === 1 && sets[0]!.selections.length === 1 ? sets[0]!.selections[0] : undefined;
    if (spread?.kind === Kind.FRAGMENT_SPREAD) return typeName(this.#fragments.get(spread.name.value)!);
    const members = isDistinguished && isAbstractType(type) ? this.#schema.getPossibleTypes(type) : [type];
    return members.map((member) => this.#object(member, sets)).join(' | ');
  }

  /** An object with all that is selected of it: what fragments select by their names. */
  #object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[]): string {
    const fields = new Map<string, FieldNode[]>();
    const parts: string[] = [];
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          fields.set(key, [...(fields.get(key) ?? []), selection]);
        } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          parts.push(typeName(this.#fragments.get(selection.name.value)!));
        } else if (selection.typeCondition?.name.value === type.name) collect(selection.selectionSet);
      }
    };
    sets.forEach(collect);
    const printed = [...fields].map(([key, nodes]) => this.#field(type, key, nodes));
    if (printed.length > 0) parts.push(`{\n${printed.join('\n')}\n}`);
    return parts.join(' & ');
  }

  #field(type: GraphQLCompositeType, key: string, nodes: readonly FieldNode[]): string {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return `${key}: '${type.name}';`;
    const field = (type as GraphQLObjectType).getFields()[name];
    if (!field) throw new Error(`${type.name} has no field ${name}`);
    // The type of an event is the name of its type: what tells events from each other.
    if (name === 'type' && isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Event'))
      return `${key}: '${type.name}';`;
    const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    return `${comment(field.description)}${key}: ${this.#output(field.type, sets)};`;
  }

  #output(type: GraphQLOutputType, sets: readonly SelectionSetNode[], nullable = true): string {
    if (isNonNullType(type)) return this.#output(type.ofType, sets, false);
    const inner = isListType(type)
      ? listOf(this.#output(type.ofType, sets))
      : isScalarType(type) || isEnumType(type)
        ? leafType(type.name, isEnumType(type))
        : // What is inside of it is explained where its own type is.
          this.print(type, sets).replaceAll(/\/\*\* .* \*\/\n/g, '');
    return nullable && inner !== 'unknown' ? `${inner} | null` : inner;
  }
}
