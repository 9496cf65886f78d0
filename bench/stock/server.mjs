// The same work with stock parts, each used as its documentation has it: GraphQL Yoga, `createPubSub`, graphql-ws on ws, Prisma.
import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import { talkToParent, tell } from '../server/parent.mjs';
import { openPrisma } from './prisma.mjs';
import { following, makeSchema } from './schema.mjs';

const prisma = await openPrisma(process.env.STOCK_DATABASE);
const schema = makeSchema(prisma);
const yoga = createYoga({ schema, logging: false, landingPage: false });
const server = createServer((request, response) => void yoga(request, response));
const sockets = new WebSocketServer({ server, path: '/graphql' });
useServer({ schema }, sockets);
// Writes that the disk is slow to take hold it up for longer than the 5 s after which an idle connection is closed.
server.keepAliveTimeout = 60_000;

process.on('SIGTERM', () => process.exit(0));
if (process.send) talkToParent({ followers: () => following.count });
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  tell({ url, key: '' });
  if (!process.send) console.log(`listens on ${url}`);
});
