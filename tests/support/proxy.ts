import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A bad network between a client and a server: a TCP proxy that cuts connections when a test says so. */
export interface Proxy extends AsyncDisposable {
  /** Where clients connect to. */
  readonly url: string;
  /** How many connections were made so far. */
  readonly connections: number;
  /** Resets every connection that is open now. */
  cut(): void;
  /** From now on, ends each connection that is made once so many bytes have come from the server; without a number, no more. */
  cutAfter(bytes: number | undefined): void;
}

/** @param target the URL of the server; what finds it is asked for each connection */
export async function openProxy(target: string | (() => string)): Promise<Proxy> {
  const pairs = new Set<[client: Socket, server: Socket]>();
  let limit: number | undefined;
  let connections = 0;
  const proxy = createServer({ noDelay: true }, (client) => {
    connections++;
    const { hostname, port } = new URL(typeof target === 'string' ? target : target());
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    const pair: [Socket, Socket] = [client, server];
    pairs.add(pair);
    const end = (): void => {
      if (!pairs.delete(pair)) return;
      client.resetAndDestroy();
      server.destroy();
    };
    let left = limit ?? Infinity;
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      const some = chunk.subarray(0, left);
      left -= chunk.length;
      client.write(some);
      if (left > 0) return;
      // What was let through arrives; a reset would take it back.
      pairs.delete(pair);
      server.destroy();
      client.end();
    });
    server.on('end', () => client.end());
    for (const socket of pair) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  const cut = (): void => {
    for (const [client, server] of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cut,
    cutAfter: (bytes) => (limit = bytes),
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((closed) => proxy.close(closed));
    },
  };
}
