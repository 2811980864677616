// One metadata service for all instances of a VPC, on 169.254.169.254: who asks is known by the source address.
import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import type { MetadataService } from '../host/metadata-service.ts';

/** The shared server. */
export class VpcMetadata {
  private readonly services = new Map<string, MetadataService>();
  private readonly server: HttpServer;
  private listener: Server | undefined;

  constructor() {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Serves on a socket that listens already, and closes it in the end. */
  listen(listener: Server): void {
    this.listener = listener;
    listener.on('connection', (socket) => this.server.emit('connection', socket));
  }

  /** From now on the instance with this address is answered by this service. */
  add(address: string, service: MetadataService): void {
    this.services.set(address, service);
  }

  remove(address: string): void {
    this.services.delete(address);
  }

  async close(): Promise<void> {
    const { listener } = this;
    const closed = listener === undefined ? undefined : new Promise((resolve) => listener.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
    const service = this.services.get(address);
    if (service !== undefined) {
      await service.serve(request, response);
      return;
    }
    response.writeHead(404, { server: 'EC2ws' });
    response.end();
  }
}
