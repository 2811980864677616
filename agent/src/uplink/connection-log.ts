/** What is said of the connection in the log: a controller that is away for weeks must not fill the journal. */

export interface ConnectionState {
  readonly connected: boolean;
  /** Why the last attempt failed or the last connection ended; null while connected and before the first failure. */
  readonly problem: string | null;
  /** Attempts in vain since there was a connection. */
  readonly failures: number;
}

export interface ConnectionLogSink {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export class ConnectionLog {
  readonly #log: ConnectionLogSink;
  #state: ConnectionState = { connected: false, problem: null, failures: 0 };

  constructor(log: ConnectionLogSink) {
    this.#log = log;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** A new reason is said at once; the same one again at the 2nd, 4th, 8th, ... time: 16 lines for three weeks of attempts. */
  disconnected(reason: string): void {
    const isNew = reason !== this.#state.problem;
    const failures = this.#state.failures + 1;
    this.#state = { connected: false, problem: reason, failures };
    if (isNew || isPowerOfTwo(failures)) {
      this.#log.warn({ reason, failures }, 'not connected to the controller; it is tried again');
    }
  }

  streaming(): void {
    const { failures } = this.#state;
    this.#state = { connected: true, problem: null, failures: 0 };
    this.#log.info({ failures }, 'connected to the controller');
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
