/** Asks chronyd over its UDP command port: no process is started, one round trip a report. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { ChronyError } from './chrony-error.ts';
import type { ChronyReports } from './chrony-reports.ts';
import {
  type ChronydRequest,
  type CommandName,
  decodeSourceCount,
  encodeRequest,
  replySequence,
  STATUS_NO_SUCH_SOURCE,
} from './command-packet.ts';
import { decodeSource } from './sources.ts';
import { decodeSourceStats } from './sourcestats.ts';
import { decodeTracking } from './tracking.ts';

export interface ChronydAddress {
  readonly host: string;
  /** chrony.conf `cmdport`. */
  readonly port: number;
  /** For one attempt. */
  readonly timeoutMs: number;
  readonly attempts: number;
}

export const CHRONYD_ADDRESS: ChronydAddress = { host: '127.0.0.1', port: 323, timeoutMs: 250, attempts: 2 };

export interface ChronydDependencies {
  /** In [0, 1); makes the first sequence number, so that a stranger's late reply does not fit. */
  random(): number;
}

/** More sources than any configuration has; a count above is not believed. */
const MAX_SOURCES = 1000;

/**
 * Opens a socket to chronyd; does not ask anything yet. Requests are answered one after the other. Rejects with ChronyError:
 * `unreachable` when the socket cannot be opened.
 */
export async function connectChronyd(
  address: ChronydAddress,
  dependencies: ChronydDependencies,
): Promise<ChronyReports> {
  const socket = await openSocket(address);
  const firstSequence = Math.floor(dependencies.random() * 2 ** 32);
  const exchange = new CommandExchange({ socket, address, firstSequence });

  async function readEach<T>(command: CommandName, decode: (bytes: Uint8Array) => T): Promise<T[]> {
    const count = decodeSourceCount(await exchange.ask('n_sources'));
    const reports: T[] = [];
    for (let index = 0; index < Math.min(count, MAX_SOURCES); index += 1) {
      try {
        reports.push(decode(await exchange.ask(command, index)));
      } catch (error) {
        // A source that was removed since the count.
        if (error instanceof ChronyError && error.status === STATUS_NO_SUCH_SOURCE) break;
        throw error;
      }
    }
    return reports;
  }

  return {
    via: `${address.host}:${address.port}`,
    tracking: async () => decodeTracking(await exchange.ask('tracking')),
    sources: () => readEach('source_data', decodeSource),
    sourceStats: () => readEach('sourcestats', decodeSourceStats),
    close: () => exchange.close(),
  };
}

function openSocket(address: ChronydAddress): Promise<Socket> {
  const socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => {
      socket.close();
      reject(unreachable(address, cause));
    };
    socket.once('error', fail);
    socket.connect(address.port, address.host, () => {
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function unreachable(address: ChronydAddress, cause: Error): ChronyError {
  return new ChronyError({ code: 'unreachable', detail: `${address.host}:${address.port}: ${cause.message}`, cause });
}

interface ExchangeParts {
  readonly socket: Socket;
  readonly address: ChronydAddress;
  readonly firstSequence: number;
}

/** One request at a time on a connected socket: send, await the reply with the same sequence, send again when it does not come. */
class CommandExchange {
  readonly #parts: ExchangeParts;
  #sequence: number;
  #last: Promise<unknown> = Promise.resolve();
  #abandon: ((error: ChronyError) => void) | null = null;
  #closed = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#sequence = parts.firstSequence;
    // Errors reach the awaiting request by its own listener; without any listener one between two requests would end the process.
    parts.socket.on('error', () => undefined);
  }

  ask(command: CommandName, index?: number): Promise<Uint8Array> {
    const next = this.#last.then(() => this.#askNow(command, index));
    this.#last = next.catch(() => undefined);
    return next;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abandon?.(closedError());
    this.#parts.socket.close();
  }

  async #askNow(command: CommandName, index: number | undefined): Promise<Uint8Array> {
    this.#sequence = (this.#sequence + 1) >>> 0;
    const { attempts, timeoutMs } = this.#parts.address;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (this.#closed) throw closedError();
      const request = { command, sequence: this.#sequence, attempt, ...(index === undefined ? {} : { index }) };
      const reply = await this.#attempt(request);
      if (reply !== null) return reply;
    }
    throw new ChronyError({ code: 'timeout', detail: `no reply to ${command} in ${attempts} x ${timeoutMs} ms` });
  }

  /** The reply, or null when none came in time. */
  #attempt(request: ChronydRequest): Promise<Uint8Array | null> {
    const { socket, address } = this.#parts;
    return new Promise((resolve, reject) => {
      let finished = false;
      const finish = (settle: () => void) => {
        // An error can come twice: from `send` and from the socket.
        if (finished) return;
        finished = true;
        clearTimeout(timer);
        socket.off('message', onMessage).off('error', onError);
        this.#abandon = null;
        settle();
      };
      const onMessage = (bytes: Uint8Array) => {
        // A late answer to an earlier request is left alone.
        if (replySequence(bytes) === request.sequence) finish(() => resolve(bytes));
      };
      const onError = (error: Error) => finish(() => reject(unreachable(address, error)));
      const timer = setTimeout(() => finish(() => resolve(null)), address.timeoutMs);
      this.#abandon = (error) => finish(() => reject(error));
      socket.on('message', onMessage).on('error', onError);
      socket.send(encodeRequest(request), (error) => {
        if (error) onError(error);
      });
    });
  }
}

function closedError(): ChronyError {
  return new ChronyError({ code: 'closed', detail: 'the connection was closed' });
}
