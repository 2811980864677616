/** Notices clients that turn away from our certificate: they cannot tell us themselves, and the agents' logs are far away. */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

export interface TurnedAway {
  readonly address: string;
  readonly code: 'certificate_refused' | 'tls_failed';
  readonly reason: string;
}

/** A connection by the client's address and port: the TLS socket on top of a TCP socket does not tell which one it is. */
interface Client {
  readonly address: string;
  /** It made a request, or its failure is reported already. */
  isDone: boolean;
}

/** Calls back for each client that began with TLS and left before it asked for anything. */
export function watchTlsClients(server: Server, onTurnedAway: (client: TurnedAway) => void): void {
  const clients = new Map<string, Client>();
  const clientOf = (socket: Socket) => clients.get(peerOf(socket));
  const settle = (socket: Socket) => {
    const client = clientOf(socket);
    if (client !== undefined) client.isDone = true;
  };
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    const client: Client = { address: socket.remoteAddress ?? 'unknown', isDone: false };
    clients.set(peer, client);
    socket.once('close', () => {
      clients.delete(peer);
      // Without a byte it was a port scan or a health check.
      if (client.isDone || socket.bytesRead === 0) return;
      // Node's own TLS judges the certificate for itself and then leaves without a word.
      const reason =
        'the client left during the TLS handshake or right after it: it seems not to trust our certificate';
      onTurnedAway({ address: client.address, code: 'certificate_refused', reason });
    });
  });
  server.on('request', (request) => settle(request.socket));
  server.on('upgrade', (request) => settle(request.socket));
  // Node also passes on each tlsClientError under this name, and first.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_') === true) settle(socket as Socket);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error;
    const client = clientOf(socket);
    if (client === undefined || client.isDone || !code.startsWith('ERR_SSL_')) return;
    client.isDone = true;
    const isAlert = code.includes('_ALERT_');
    const reason = isAlert ? `the client refused our certificate (${code})` : `no TLS connection came about (${code})`;
    onTurnedAway({ address: client.address, code: isAlert ? 'certificate_refused' : 'tls_failed', reason });
  });
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
