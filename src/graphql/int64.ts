import { GraphQLError, GraphQLScalarType } from 'graphql';

const toInteger = (value: unknown): number => {
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw new GraphQLError(`Int64 cannot represent ${String(value)}`);
  return number;
};

/** Whole numbers that can pass 2^31, as JSON numbers. */
export const Int64 = new GraphQLScalarType<number, number>({
  name: 'Int64',
  description: 'A whole number that can pass 2^31, up to 2^53. It travels as a JSON number.',
  serialize: toInteger,
  parseValue: toInteger,
});
