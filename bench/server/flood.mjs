// Sends requests that are to be refused, at a rate, in a process of its own: <url> <key> <sort> <a second> <for ms>, or as many as <count>
// as fast as they are answered. Tells how many a second were refused.
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { now, tell } from './parent.mjs';

const [url, key, sort, perSecond, forMs, count] = process.argv.slice(2);
const clients = 16;
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const simple = JSON.stringify({ query: '{ viewer { keyId } }' });
let sent = 0;
let refused = 0;

/** None like the one before: what was refused once is known by its text. */
const tooComplex = () => {
  const fields = Array.from({ length: 60 }, (_, i) => `a${i}_${sent}: viewer { keyId }`).join(' ');
  return JSON.stringify({ query: `{ ${fields} }` });
};
const made = {
  'bad-key': () => ({ with: `lion_${randomBytes(32).toString('base64url')}`, body: simple }),
  'over-limit': () => ({ with: key, body: simple }),
  'too-complex': () => ({ with: key, body: tooComplex() }),
}[sort];

const send = () =>
  new Promise((resolve, reject) => {
    const { with: given, body } = made();
    sent++;
    const headers = { 'content-type': 'application/json', 'x-api-key': given, 'content-length': Buffer.byteLength(body) };
    const asked = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (!/RATE_LIMITED|UNAUTHENTICATED|QUERY_TOO_COMPLEX/.test(text)) return reject(new Error(`Not refused: ${text}`));
        refused++;
        resolve();
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });

const began = now();
const goesOn = () => (count ? sent < Number(count) : now() - began < Number(forMs));
await Promise.all(
  Array.from({ length: clients }, async () => {
    while (goesOn()) {
      const dueAt = began + (sent / Number(perSecond)) * 1000;
      if (!count && dueAt > now()) await delay(dueAt - now());
      await send();
    }
  }),
);
agent.destroy();
tell({ perSecond: (refused * 1000) / (now() - began) });
process.disconnect();
