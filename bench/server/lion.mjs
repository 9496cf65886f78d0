// Lion as it is built, with the kinds of the figures, in a process of its own. Plain JavaScript: no loader is measured along.
import { setFlagsFromString } from 'node:v8';
import { talkToParent, tell } from './parent.mjs';

// As `lion serve` starts.
setFlagsFromString('--optimize-for-size');
const { configFromEnv, openLion, serve } = await import('../../dist/index.js');
const { kinds } = await import('./kinds.mjs');
const config = configFromEnv();
const lion = await openLion(config, { definitions: kinds });
const server = await serve(lion, config);
setFlagsFromString('--no-optimize-for-size');
const stop = async () => {
  await server.close();
  await lion.close();
  process.exit(0);
};
process.on('SIGTERM', () => void stop());

talkToParent({
  // One that may ask nothing: all that it asks is over its limit.
  async limitedKey() {
    const { id, secret } = await lion.keys.create(lion.defaultProjectId, { role: 'admin', name: 'limited' });
    await lion.limits.keys.set(lion.defaultProjectId, id, { requests: 0 });
    return secret;
  },
});
const { secret: key } = await lion.keys.create(lion.defaultProjectId, { role: 'admin', name: 'bench' });
// Said last: from then on it may be told to stop.
tell({ url: server.url, key });
