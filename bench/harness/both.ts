import type { Bench } from './figure.ts';
import type { Part, Server } from './servers.ts';

export interface BothOptions {
  /** What is set for the servers beside their defaults. */
  env?: Record<string, string>;
  /** @default a new one for each */
  database?: string;
}

/** Does the same with both, one after the other, each in a process of its own. */
export async function both<T>(
  bench: Bench,
  measure: (server: Server, part: Part) => Promise<T>,
  { env = {}, database }: BothOptions = {},
): Promise<{ lion: T; stock: T }> {
  const one = async (part: Part): Promise<T> => {
    await using server = await bench.startServer(part, { database: database ?? bench.newDatabase(), env });
    return await measure(server, part);
  };
  return { lion: await one('lion'), stock: await one('stock') };
}
