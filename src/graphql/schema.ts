import type { GraphQLSchema } from 'graphql';
import type { AnyDefinition } from '../operations/definition.ts';
import { builtInDefinitions } from '../operations/index.ts';
import { createBuilder } from './builder.ts';
import { refuseInvalid } from './custom-types.ts';
import { addBudgets } from './budgets.ts';
import { addErrors } from './errors.ts';
import { addEvents } from './events.ts';
import { guardRootFields } from './guard.ts';
import { addInputRequests } from './input-requests.ts';
import { addKeys } from './keys.ts';
import { addLimits } from './limits.ts';
import { addBusyOperation, addOnBusy } from './on-busy.ts';
import { addOperations } from './operations.ts';
import { addOutputParts } from './outputs.ts';
import { addPartOperations } from './part-operations.ts';
import { addSessions } from './sessions.ts';
import { addStarting } from './starting.ts';
import { addSystem } from './system.ts';
import { addUsage } from './usage.ts';
import { addViewer } from './viewer.ts';

/** The API: that of the kinds that come with Lion, and of those that its user defines. @throws DefinitionInvalidError */
export function buildSchema(definitions: Iterable<AnyDefinition> = builtInDefinitions): GraphQLSchema {
  const builtInKinds = new Set<string>(builtInDefinitions.map(({ kind }) => kind));
  const custom = [...definitions].filter(({ kind }) => !builtInKinds.has(kind));
  if (custom.length > 0) refuseInvalid(custom, buildSchema());
  const builder = createBuilder();
  builder.queryType({ description: 'What can be read.' });
  builder.mutationType({ description: 'What can be changed. A mutation named after a kind of operation starts one.' });
  builder.subscriptionType({ description: 'What can be followed live.' });
  addErrors(builder);
  const KeyLimits = addLimits(builder);
  const Role = addViewer(builder);
  addKeys(builder, Role, KeyLimits);
  addSystem(builder);
  const Usage = addUsage(builder);
  const OnBusy = addOnBusy(builder);
  const budgets = addBudgets(builder);
  const Session = addSessions(builder, Usage, OnBusy, budgets);
  const parts = addOutputParts(builder);
  const operations = addOperations(builder, Session, parts, Usage, OnBusy, budgets, custom);
  addBusyOperation(builder, operations);
  addPartOperations(builder, parts, operations);
  addInputRequests(builder, operations);
  addStarting(builder, operations, OnBusy, budgets, builtInDefinitions, custom);
  addEvents(builder, Session, operations, parts, OnBusy);
  return guardRootFields(builder.toSchema({ sortSchema: false }), new Set(custom.map(({ kind }) => kind)));
}
