/** The uplink's connection as a WebSocket. */
import { Agent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { LIMITS } from '@ptp-tester/wire';
import { type ClientOptions, WebSocket } from 'ws';
import { explainConnectionError } from './explain-connection-error.ts';
import type { Connect, Transport, TransportEvents } from './transport.ts';

export interface WebSocketOptions {
  /** `http:`, `https:`, `ws:` or `wss:`; the path is added. */
  readonly controllerUrl: string;
  /** Trusted besides nothing else, where given: the controller's own CA. Null: the authorities of this machine, as curl in the user data. */
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
  const trust = trustOf(options);
  return (events) => connectWebSocket(options, trust(), events);
}

/** Reading the machine's few hundred authorities takes 0.3 s and 7 MB: once, at the first connection, and only where they are needed. */
function trustOf({ controllerUrl, caPem }: WebSocketOptions): () => ClientOptions {
  if (caPem !== null) return () => ({ ca: caPem });
  let machine: Agent | null = null;
  return () => {
    if (!agentUrl(controllerUrl).startsWith('wss:')) return {};
    machine ??= new Agent({ secureContext: createSecureContext({ ca: machineAuthorities() }) });
    return { agent: machine };
  };
}

/** Node's own where the machine has none: a minimal image without ca-certificates. */
function machineAuthorities(): string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? system : getCACertificates('default');
}

function connectWebSocket(options: WebSocketOptions, trust: ClientOptions, events: TransportEvents): Transport {
  const socket = new WebSocket(agentUrl(options.controllerUrl), {
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: LIMITS.messageBytes,
    // Records are compressed already.
    perMessageDeflate: false,
    ...trust,
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
