/** One open live socket: what it watches, and how far its reader is behind. A slow reader gets a snapshot later instead of a growing queue. */
import type { RunId } from '../runs/run.ts';
import type { LiveMessage } from './live-schemas.ts';

/** What is used of a WebSocket. */
export interface LiveSocket {
  readonly bufferedAmount: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
}

/** So much waiting for the reader: from here on nothing is added ... */
const BEHIND_BYTES = 2 * 1024 * 1024;
/** ... until it is less than this. */
const CAUGHT_UP_BYTES = 64 * 1024;
/** A reader that takes nothing for so long is gone. */
const GONE_MS = 60_000;
/** Beats without a word between two pings, and until the reader counts as gone: a laptop that was closed says nothing, not even that. */
const PING_BEATS = 20;
const GONE_BEATS = 60;

export class LiveClient {
  readonly #socket: LiveSocket;
  #run: RunId | null = null;
  #instance: string | null = null;
  #asked: unknown = null;
  #needsSnapshot = false;
  #behindSince: number | null = null;
  #beatsWithoutWord = 0;

  constructor(socket: LiveSocket) {
    this.#socket = socket;
  }

  get run(): RunId | null {
    return this.#run;
  }

  get instance(): string | null {
    return this.#instance;
  }

  /** What follows must be a whole overview: the reader lacks what went before. */
  get needsSnapshot(): boolean {
    return this.#needsSnapshot;
  }

  /** What it said last; answering takes time. */
  ask(asked: unknown): void {
    this.#asked = asked;
  }

  isAsking(asked: unknown): boolean {
    return this.#asked === asked;
  }

  watch(run: RunId | null, instance: string | null): void {
    this.#run = run;
    this.#instance = instance;
    this.#needsSnapshot = run !== null;
  }

  /** The reader answered a ping or said something. */
  heard(): void {
    this.#beatsWithoutWord = 0;
  }

  /** Once a second: asks for a sign of life, and ends the socket of a reader that gives none. Where nothing is sent, nothing else would notice. */
  beat(): void {
    this.#beatsWithoutWord += 1;
    if (this.#beatsWithoutWord > GONE_BEATS) this.#socket.terminate();
    else if (this.#beatsWithoutWord % PING_BEATS === 0) this.#socket.ping();
  }

  /** Whether the reader takes what is sent; ends the socket of one that has not for long. */
  isReady(nowMs: number): boolean {
    const waiting = this.#socket.bufferedAmount;
    const isBehind = waiting > (this.#behindSince === null ? BEHIND_BYTES : CAUGHT_UP_BYTES);
    if (!isBehind) {
      this.#behindSince = null;
      return true;
    }
    this.#needsSnapshot = this.#run !== null;
    this.#behindSince ??= nowMs;
    if (nowMs - this.#behindSince > GONE_MS) this.#socket.terminate();
    return false;
  }

  send(message: LiveMessage): void {
    this.sendText(JSON.stringify(message));
  }

  /** What is the same for many is turned into text once. */
  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendSnapshot(text: string): void {
    this.#needsSnapshot = false;
    this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
