// Lion as it is built, with the kinds of the figures, in a process of its own. Plain JavaScript: no loader is measured along.
import { configFromEnv, openLion, serve } from '../../dist/index.js';
import { kinds } from './kinds.mjs';
import { talkToParent, tell } from './parent.mjs';

const config = configFromEnv();
const lion = await openLion(config, { definitions: kinds });
const server = await serve(lion, config);
const stop = async () => {
  await server.close();
  await lion.close();
  process.exit(0);
};
process.on('SIGTERM', () => void stop());

talkToParent();
// Said last: from then on it may be told to stop.
tell({ url: server.url, key: await lion.keys.create(lion.defaultProjectId, 'admin', 'bench') });
