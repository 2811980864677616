/** A TCP proxy on loopback that cuts or stalls the line, or loses what the controller answers, to test delivery over real sockets. */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** Destroys every connection and refuses new ones until `restore`. */
  cut(): void;
  /** Nothing passes in either direction until `restore`, then everything does: packets lost and sent again by TCP. */
  stall(): void;
  /** What agents send arrives; what they are answered on their WebSockets (acks, enrolled) is lost until `restore`. */
  loseAnswers(): void;
  /** Ends the fault; WebSockets that lost answers are destroyed, as a real network would end them. */
  restore(): void;
  /** Connections accepted so far. */
  connections(): number;
  /** Bytes of answers lost so far. */
  lostBytes(): number;
  close(): Promise<void>;
}

type Mode = 'open' | 'cut' | 'stall' | 'lose-answers';

const AGENT_REQUEST = 'GET /v1/agent ';

interface Line {
  readonly client: Socket;
  readonly upstream: Socket;
  isWebSocket: boolean;
  /** The answer to the upgrade has passed: what follows are messages. */
  isUpgraded: boolean;
}

/** Starts a proxy to a port on 127.0.0.1. */
export async function startFaultProxy(target: { readonly port: number }): Promise<FaultProxy> {
  const lines = new Set<Line>();
  let mode: Mode = 'open';
  let accepted = 0;
  let lost = 0;

  const destroy = (line: Line) => {
    lines.delete(line);
    line.client.destroy();
    line.upstream.destroy();
  };
  const destroyAll = (which: (line: Line) => boolean = () => true) => {
    for (const line of [...lines]) if (which(line)) destroy(line);
  };
  const eachSocket = (act: (socket: Socket) => void) => {
    for (const { client, upstream } of lines) for (const socket of [client, upstream]) act(socket);
  };
  const fromController = (line: Line, bytes: Uint8Array) => {
    if (mode === 'lose-answers' && line.isWebSocket && line.isUpgraded) {
      lost += bytes.length;
      return;
    }
    line.isUpgraded = true;
    line.client.write(bytes);
  };
  const join = (client: Socket) => {
    accepted += 1;
    const line: Line = { client, upstream: new Socket(), isWebSocket: false, isUpgraded: false };
    lines.add(line);
    line.upstream.connect(target.port, '127.0.0.1');
    client.once('data', (bytes) => {
      line.isWebSocket = bytes.subarray(0, AGENT_REQUEST.length).toString('latin1') === AGENT_REQUEST;
    });
    client.on('data', (bytes) => line.upstream.write(bytes));
    line.upstream.on('data', (bytes) => fromController(line, bytes));
    for (const socket of [client, line.upstream]) {
      socket.on('error', () => destroy(line));
      socket.on('close', () => destroy(line));
      if (mode === 'stall') socket.pause();
    }
  };
  const server: Server = createServer((client) => {
    client.on('error', () => client.destroy());
    if (mode === 'cut') client.destroy();
    else join(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      mode = 'cut';
      destroyAll();
    },
    stall() {
      mode = 'stall';
      eachSocket((socket) => socket.pause());
    },
    loseAnswers() {
      mode = 'lose-answers';
    },
    restore() {
      const before = mode;
      mode = 'open';
      if (before === 'lose-answers') destroyAll(({ isWebSocket }) => isWebSocket);
      eachSocket((socket) => socket.resume());
    },
    connections: () => accepted,
    lostBytes: () => lost,
    async close() {
      destroyAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
