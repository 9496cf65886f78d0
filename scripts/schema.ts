/** `npm run schema`: prints the API to schema.graphql. */
import { writeFileSync } from 'node:fs';
import { printApi } from '../src/graphql/print.ts';
import { buildSchema } from '../src/graphql/schema.ts';

writeFileSync(new URL('../schema.graphql', import.meta.url), printApi(buildSchema()));
