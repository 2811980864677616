/** What the uplink asks of a connection. A WebSocket is one; tests have others. */

export interface TransportEvents {
  opened(): void;
  /** A text frame. */
  text(text: string): void;
  /** Anything arrived, a pong too: the other side lives. */
  alive(): void;
  /** The end, once; also when it was never opened. */
  closed(reason: string): void;
}

export interface Transport {
  sendText(text: string): void;
  sendFrame(frame: Uint8Array): void;
  /** Asks for a sign of life. */
  ping(): void;
  /** Closes at once; `closed` still follows. */
  close(): void;
}

/** Begins a connection. Nothing is called back before it returns. */
export type Connect = (events: TransportEvents) => Transport;
