/** The uplink's connection as a WebSocket. */
import { LIMITS } from '@ptp-tester/wire';
import { WebSocket } from 'ws';
import { explainConnectionError } from './explain-connection-error.ts';
import type { Connect, Transport, TransportEvents } from './transport.ts';

export interface WebSocketOptions {
  /** `http:`, `https:`, `ws:` or `wss:`; the path is added. */
  readonly controllerUrl: string;
  /** Trusted besides nothing else, where given: the controller's own CA. */
  readonly caPem: string | null;
}

const AGENT_PATH = '/v1/agent';
const HANDSHAKE_MS = 10_000;
/** An orderly end that is not answered becomes a hard one. */
const CLOSE_MS = 2_000;

/** `https://host:7600` -> `wss://host:7600/v1/agent`; a path in front is kept. */
export function agentUrl(controllerUrl: string): string {
  const url = new URL(controllerUrl);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${AGENT_PATH}`;
  return url.href;
}

export function webSocketConnect(options: WebSocketOptions): Connect {
  return (events) => connectWebSocket(options, events);
}

function connectWebSocket(options: WebSocketOptions, events: TransportEvents): Transport {
  const socket = new WebSocket(agentUrl(options.controllerUrl), {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LIMITS.messageBytes,
    // Records are compressed already.
    perMessageDeflate: false,
    ...(options.caPem === null ? {} : { ca: options.caPem }),
  });
  let problem = '';
  socket.on('open', () => events.opened());
  socket.on('message', (data, isBinary) => {
    events.alive();
    if (isBinary) socket.close(1003, 'only text is expected');
    else events.text(String(data));
  });
  socket.on('pong', () => events.alive());
  socket.on('ping', () => events.alive());
  socket.on('error', (error) => {
    problem = explainConnectionError(error);
  });
  socket.on('close', (code) => events.closed(problem === '' ? `closed with code ${code}` : problem));
  return {
    sendText: (text) => sendIfOpen(socket, text),
    sendFrame: (frame) => sendIfOpen(socket, frame),
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close: () => closeSoon(socket),
  };
}

function closeSoon(socket: WebSocket): void {
  socket.close();
  const harder = setTimeout(() => socket.terminate(), CLOSE_MS);
  socket.once('close', () => clearTimeout(harder));
}

/** A message for a connection that is ending is lost, as it would be on the way. */
function sendIfOpen(socket: WebSocket, data: string | Uint8Array): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(data);
}
