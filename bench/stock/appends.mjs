// What an ORM stores: one `create` an event, so many at a time.
import { openPrisma } from './prisma.mjs';
import { appendForAWhile } from '../server/appending.mjs';

const prisma = await openPrisma(process.argv[2]);
let sessions = 0;

await appendForAWhile({
  async createSession() {
    const id = `stock_${sessions++}`;
    await prisma.session.create({ data: { id, projectId: 'prj_bench', metadata: {}, createdAt: new Date() } });
    return id;
  },
  append: (sessionId, index, payload) =>
    prisma.event.create({
      data: { sessionId, seq: index + 1, type: 'DataEmitted', version: 1, at: new Date(), operation: null, payload },
    }),
});
await prisma.$disconnect();
