import type { DocumentNode, FieldNode, Kind, OperationDefinitionNode, VariableDefinitionNode } from 'graphql';
import { LionClientError } from './errors.ts';

type Variables = Record<string, unknown>;

/** A subscription, written so that it can be gone on with from any event. */
export interface Resumable {
  document: DocumentNode;
  variables: Variables;
  /** The variable that holds the cursor. */
  cursorVariable: string;
  /** The `seq` of the event in the data of an answer; undefined where there is none. */
  seqOf(data: unknown): number | undefined;
  /** The data as the document that was given asks for it. */
  restore<Data>(data: Data): Data;
}

/** The fields that take a cursor, also where a document gives them none. */
const histories = new Set(['sessionEvents', 'operationEvents']);

/** Names that a document of the user's hardly has. */
const ownVariable = 'lionAfter';
const ownAlias = 'lionSeq';

/** Whether this is a subscription. */
export const isSubscription = (document: DocumentNode, operationName?: string): boolean =>
  operationOf(document, operationName)?.operation === 'subscription';

/**
 * Finds the cursor of a subscription: the variable that is given as `after`, whatever it is called, or one that takes the
 * place of a literal or of nothing. `seq` is selected where the document does not, and taken out of the data again.
 *
 * @returns undefined for a subscription to something that has no cursor
 * @throws LionClientError where the field is inside a fragment
 */
export function resumable(document: DocumentNode, variables: Variables, operationName?: string): Resumable | undefined {
  const operation = operationOf(document, operationName);
  const [field, ...others] = operation?.selectionSet.selections ?? [];
  if (!operation || field?.kind !== 'Field' || others.length > 0) {
    const message = 'A subscription can be resumed when its one field stands in the operation itself, outside of fragments.';
    throw new LionClientError('BAD_INPUT', message);
  }
  const cursor = cursorOf(field, operation, variables);
  if (!cursor) return undefined;
  const key = nameOf(field);
  const selected = field.selectionSet?.selections.find(
    (selection): selection is FieldNode =>
      selection.kind === 'Field' && selection.name.value === 'seq' && !selection.directives?.length,
  );
  const seqKey = selected ? nameOf(selected) : ownAlias;
  const eventOf = (data: unknown): Variables | undefined =>
    ((data as Record<string, unknown> | null | undefined)?.[key] as Variables | null | undefined) ?? undefined;
  return {
    document: {
      ...document,
      definitions: document.definitions.map((definition) =>
        definition === operation ? rewritten(operation, field, cursor, selected === undefined) : definition,
      ),
    },
    variables: { ...variables, [cursor.variable]: cursor.start },
    cursorVariable: cursor.variable,
    seqOf(data) {
      const seq = eventOf(data)?.[seqKey];
      return typeof seq === 'number' ? seq : undefined;
    },
    restore(data) {
      const event = eventOf(data);
      if (selected || !event) return data;
      const { [ownAlias]: _added, ...rest } = event;
      return { ...data, [key]: rest };
    },
  };
}

interface Cursor {
  variable: string;
  /** Whether the document has no such variable yet. */
  isNew: boolean;
  /** What is given as `after` at first. */
  start: unknown;
}

function cursorOf(field: FieldNode, operation: OperationDefinitionNode, variables: Variables): Cursor | undefined {
  const after = field.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (!after) return histories.has(field.name.value) ? { variable: ownVariable, isNew: true, start: 0 } : undefined;
  if (after.kind === 'IntValue') return { variable: ownVariable, isNew: true, start: Number(after.value) };
  // Anything else is no cursor: the server says what is wrong with it.
  if (after.kind !== 'Variable') return undefined;
  const variable = after.name.value;
  const given = operation.variableDefinitions?.find(({ variable: { name } }) => name.value === variable)?.defaultValue;
  const start = variables[variable] === undefined ? (given?.kind === 'IntValue' ? Number(given.value) : 0) : variables[variable];
  return { variable, isNew: false, start };
}

/** The same operation, with a variable as its cursor and with `seq` in what it selects. */
function rewritten(
  operation: OperationDefinitionNode,
  field: FieldNode,
  { variable, isNew }: Cursor,
  addSeq: boolean,
): OperationDefinitionNode {
  const name = (value: string) => ({ kind: 'Name' as Kind.NAME, value });
  const variableNode = { kind: 'Variable' as Kind.VARIABLE, name: name(variable) };
  const definition: VariableDefinitionNode = {
    kind: 'VariableDefinition' as Kind.VARIABLE_DEFINITION,
    variable: variableNode,
    type: {
      kind: 'NonNullType' as Kind.NON_NULL_TYPE,
      type: { kind: 'NamedType' as Kind.NAMED_TYPE, name: name('Int') },
    },
  };
  const seq: FieldNode = { kind: 'Field' as Kind.FIELD, alias: name(ownAlias), name: name('seq') };
  return {
    ...operation,
    variableDefinitions: [...(operation.variableDefinitions ?? []), ...(isNew ? [definition] : [])],
    selectionSet: {
      ...operation.selectionSet,
      selections: [
        {
          ...field,
          arguments: [
            ...(field.arguments ?? []).filter(({ name: { value } }) => value !== 'after'),
            { kind: 'Argument' as Kind.ARGUMENT, name: name('after'), value: variableNode },
          ],
          ...(field.selectionSet && {
            selectionSet: {
              ...field.selectionSet,
              selections: [...field.selectionSet.selections, ...(addSeq ? [seq] : [])],
            },
          }),
        },
      ],
    },
  };
}

const nameOf = ({ alias, name }: FieldNode): string => (alias ?? name).value;

function operationOf({ definitions }: DocumentNode, operationName?: string): OperationDefinitionNode | undefined {
  const operations = definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === 'OperationDefinition',
  );
  return operationName === undefined ? operations[0] : operations.find(({ name }) => name?.value === operationName);
}
