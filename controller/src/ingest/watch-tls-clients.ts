/** Notices clients that turn away from our certificate: they cannot tell us themselves, and the agents' logs are far away. */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

export interface TurnedAway {
  readonly address: string;
  readonly code: 'certificate_refused' | 'tls_failed';
  readonly reason: string;
}

/** Clients that go by themselves, as port scans and health checks do, are none of our business. */
const QUIET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ERR_TLS_HANDSHAKE_TIMEOUT']);

/** Calls back for each such client. */
export function watchTlsClients(server: Server, onTurnedAway: (client: TurnedAway) => void): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error;
    if (QUIET_CODES.has(code)) return;
    const address = socket.remoteAddress ?? 'unknown';
    if (code.includes('_ALERT_')) {
      onTurnedAway({ address, code: 'certificate_refused', reason: `the client refused our certificate (${code})` });
    } else {
      onTurnedAway({ address, code: 'tls_failed', reason: `no TLS connection came about (${code || error.message})` });
    }
  });
  // Node's own TLS completes the handshake before it judges the certificate, and then leaves without a word.
  const spoken = new WeakSet<Socket>();
  server.on('request', (request) => spoken.add(request.socket));
  server.on('upgrade', (request) => spoken.add(request.socket));
  server.on('clientError', (_error, socket) => spoken.add(socket as Socket));
  server.on('secureConnection', (socket) => {
    const address = socket.remoteAddress ?? 'unknown';
    socket.once('close', () => {
      if (spoken.has(socket)) return;
      const reason = 'the client left right after the TLS handshake: it seems not to trust our certificate';
      onTurnedAway({ address, code: 'certificate_refused', reason });
    });
  });
}
