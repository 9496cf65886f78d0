import { defaultFieldResolver, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { actionNamed, permit, startOf, type Action } from '../access/permission.ts';
import type { Context } from './context.ts';

/**
 * Lets each root field be had by those only whom the table of permissions names.
 *
 * @param custom the kinds of operation that do not come with Lion
 * @throws Error for a root field that the table says nothing of
 */
export function guardRootFields(schema: GraphQLSchema, custom: ReadonlySet<string>): GraphQLSchema {
  const [mutations, subscriptions] = [schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of [schema.getQueryType(), mutations, subscriptions]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const isCustom = type === mutations && custom.has(field.name);
      const action = isCustom ? startOf(field.name) : actionNamed(field.name);
      if (!action)
        throw new Error(`The root field "${field.name}" has no row in the table of permissions (src/access/permission.ts).`);
      // A subscription is asked for once; each of its events is resolved afterwards.
      if (type === subscriptions) field.subscribe = guarded(field.subscribe ?? defaultFieldResolver, action);
      else field.resolve = guarded(field.resolve ?? defaultFieldResolver, action);
    }
  }
  return schema;
}

type Resolver = GraphQLFieldResolver<unknown, Context>;

const guarded =
  (resolve: Resolver, action: Action): Resolver =>
  (root, args, context, info) => {
    permit(context.viewer, action, context.lion);
    return resolve(root, args, context, info);
  };
