/** A TCP proxy on loopback that can cut the line or lose what the controller answers, to test delivery over real sockets. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** Destroys every connection and refuses new ones until `restore`. */
  cut(): void;
  /** Lets requests through but loses every answer (acks, enrolled) until `restore`. */
  loseAnswers(): void;
  /** Ends the fault; connections that lost answers are destroyed, as a real network would end them. */
  restore(): void;
  /** Connections accepted so far. */
  connections(): number;
  /** Bytes of answers lost so far. */
  lostBytes(): number;
  close(): Promise<void>;
}

type Mode = 'open' | 'cut' | 'lose-answers';

/** Starts a proxy to a port on 127.0.0.1. */
export async function startFaultProxy(target: { readonly port: number }): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let mode: Mode = 'open';
  let accepted = 0;
  let lost = 0;

  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server: Server = createServer((client) => {
    if (mode === 'cut') {
      client.destroy();
      return;
    }
    accepted += 1;
    const upstream = new Socket().connect(target.port, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      if (mode === 'lose-answers') lost += bytes.length;
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mode = 'cut';
      destroyAll();
    },
    loseAnswers() {
      mode = 'lose-answers';
    },
    restore() {
      if (mode === 'lose-answers') destroyAll();
      mode = 'open';
    },
    connections: () => accepted,
    lostBytes: () => lost,
    async close() {
      destroyAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
