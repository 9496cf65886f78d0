import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isSpecifiedScalarType,
  isInterfaceType,
  isObjectType,
  printSchema,
  printType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';

/**
 * The schema as a person reads it: what can be asked first, then each type where it is first met. What is printed is the
 * schema that `printSchema` prints, in another order.
 */
export function printApi(schema: GraphQLSchema): string {
  const order: GraphQLNamedType[] = [];
  const met = new Set<GraphQLNamedType>();
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const queue: GraphQLNamedType[] = roots.filter((type) => type != null);
  while (queue.length > 0) {
    const type = queue.shift()!;
    if (met.has(type)) continue;
    met.add(type);
    order.push(type);
    queue.push(...reachedFrom(type, schema));
  }
  // Nothing leads to an interface that only its implementors name, until they are met.
  const rest = Object.values(schema.getTypeMap()).filter((type) => !met.has(type));
  const own = [...order, ...rest].filter((type) => !isSpecifiedScalarType(type) && !isIntrospectionType(type));
  const definition = /^(?:"""[^]*?"""\s*)?schema \{[^]*?\}\n\n/.exec(printSchema(schema))?.[0] ?? '';
  return `${definition}${own.map(printType).join('\n\n')}\n`;
}

function reachedFrom(type: GraphQLNamedType, schema: GraphQLSchema): GraphQLNamedType[] {
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => getNamedType(field.type));
  const fields =
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).flatMap((field) => [
          ...field.args.map((arg) => getNamedType(arg.type)),
          getNamedType(field.type),
        ])
      : [];
  const kin = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? type.getInterfaces() : [];
  return isEnumType(type) ? [] : [...fields, ...kin];
}
