// The metadata service of one instance on a port of its own on 127.0.0.1, for instances without a network of their own.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MetadataService } from './metadata-service.ts';

/** Serves one instance's metadata. */
export class MetadataServer {
  private readonly service: MetadataService;
  private readonly server: Server;
  private port = 0;

  constructor(dependencies: { service: MetadataService }) {
    this.service = dependencies.service;
    this.server = createServer((request, response) => {
      this.service.serve(request, response).catch(() => request.socket.destroy());
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(0, '127.0.0.1', resolve);
    });
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** For AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Where shims post to; the path holds the instance's secret. */
  get shimUrl(): string {
    return `${this.endpoint}${this.service.shimPath}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }
}
