import { isDeeperThan } from '../input.ts';
import { DefinitionInvalidError } from '../operations/errors.ts';

const deepest = 200;

/** What a value is once it was stored: a replay is given the same. @throws DefinitionInvalidError for what is not JSON */
export function storable<T>(value: T, what: string): T {
  let text: string | undefined;
  try {
    text = JSON.stringify(value ?? null);
  } catch {
    text = undefined;
  }
  const copy: unknown = text === undefined ? undefined : JSON.parse(text);
  if (copy === undefined || isDeeperThan(copy, deepest)) {
    throw new DefinitionInvalidError(`${what} must be JSON, at most ${deepest} levels deep.`);
  }
  return copy as T;
}
