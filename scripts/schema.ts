/** `npm run schema`: prints the API to schema.graphql, and the client's types of it. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printApi } from '../src/graphql/print.ts';
import { buildSchema } from '../src/graphql/schema.ts';
import { printPossibleTypes, printSchemaTypes } from './client-types.ts';

const schema = buildSchema();
const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url));
writeFileSync(pathOf('schema.graphql'), printApi(schema));
for (const [file, print] of [
  ['src/client/schema-types.ts', printSchemaTypes],
  ['src/client/possible-types.ts', printPossibleTypes],
] as const)
  writeFileSync(pathOf(file), await print(schema, pathOf(file)));
