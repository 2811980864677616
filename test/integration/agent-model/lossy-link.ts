/** Connections between one agent and the model controller, moved message by message, with every fault a network has. */
import type { Connect, Transport, TransportEvents } from '@ptp-tester/agent';

/** The controller's end of a connection. */
export interface ControllerEnd {
  text(text: string): void;
  frame(frame: Uint8Array): void;
}

export interface LinkSide {
  /** The agent connected; returns what takes its messages. */
  accept(sendText: (text: string) => void): ControllerEnd;
}

type Message = { readonly text: string } | { readonly frame: Uint8Array };

interface Connection {
  readonly events: TransportEvents;
  readonly toController: Message[];
  readonly toAgent: string[];
  end: ControllerEnd | null;
}

export class LossyLink {
  readonly #controller: LinkSide;
  #connection: Connection | null = null;

  constructor(controller: LinkSide) {
    this.#controller = controller;
  }

  readonly connect: Connect = (events): Transport => {
    const connection: Connection = { events, toController: [], toAgent: [], end: null };
    this.#connection = connection;
    return {
      sendText: (text) => connection.toController.push({ text }),
      sendFrame: (frame) => connection.toController.push({ frame }),
      ping: () => connection.events.alive(),
      close: () => {
        if (this.#connection === connection) this.#connection = null;
      },
    };
  };

  get isOpen(): boolean {
    return this.#connection?.end != null;
  }

  /** The connection is established. */
  open(): void {
    const connection = this.#connection;
    if (connection === null || connection.end !== null) return;
    connection.end = this.#controller.accept((text) => {
      connection.toAgent.push(text);
    });
    connection.events.opened();
  }

  /** The next message arrives at the controller; false when there is none. */
  moveToController(): boolean {
    const connection = this.#connection;
    const message = connection?.toController.shift();
    if (message === undefined || connection === null) return false;
    if ('text' in message) connection.end?.text(message.text);
    else connection.end?.frame(message.frame);
    return true;
  }

  /** The next message arrives at the agent; false when there is none. */
  moveToAgent(): boolean {
    const text = this.#connection?.toAgent.shift();
    if (text === undefined) return false;
    this.#connection?.events.text(text);
    return true;
  }

  /** A frame, or an ack, is lost, doubled or overtaken although the connection lives: worse than TCP would ever be. */
  disturb(direction: 'toController' | 'toAgent', fault: 'drop' | 'double' | 'overtake'): void {
    const queue: unknown[] = this.#connection?.[direction] ?? [];
    const first = queue.findIndex((message) => isDisturbable(message));
    if (first < 0) return;
    if (fault === 'drop') queue.splice(first, 1);
    if (fault === 'double') queue.splice(first, 0, queue[first]);
    if (fault === 'overtake') queue.push(...queue.splice(first, 1));
  }

  /** The connection breaks; so many messages of the agent still arrive, the agent hears of it or (later) notices by itself. */
  cut(arriving: number): void {
    const connection = this.#connection;
    for (let moved = 0; moved < arriving; moved += 1) this.moveToController();
    if (this.#connection === connection) this.#connection = null;
    connection?.events.closed('cut');
  }

  /** The agent's process is gone; what it had sent may still arrive. */
  abandon(arriving: number): void {
    for (let moved = 0; moved < arriving; moved += 1) this.moveToController();
    this.#connection = null;
  }
}

/** Records and acks may be disturbed; the handshake is one message each way and is lost only with the connection. */
function isDisturbable(message: unknown): boolean {
  if (typeof message === 'string') return message.includes('"ack"');
  return typeof message === 'object' && message !== null && 'frame' in message;
}
