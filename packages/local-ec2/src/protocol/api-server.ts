// The HTTP side of the endpoint: EC2 and SSM on one port of 127.0.0.1, faults, and the routes under /_local.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionContext } from '../account/account.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  answerRequest,
  errorAnswer,
  identifyRequest,
  type ServiceModels,
} from './answer-request.ts';
import { FaultList, parseFaults } from './faults.ts';
import { readBody } from './read-body.ts';

/** One request as it was seen; for tests and for finding out what a client did. */
export interface RequestLogEntry {
  readonly action: string;
  readonly at: number;
  /** Of the answer; undefined when the connection was cut on purpose. */
  readonly status: number | undefined;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_LOG_ENTRIES = 10_000;

/** The server; `start` gives its port. */
export class ApiServer {
  readonly faults = new FaultList();
  readonly log: RequestLogEntry[] = [];
  private readonly server: Server;
  private readonly models: ServiceModels;
  private readonly context: ActionContext;

  constructor(options: { models: ServiceModels }, dependencies: { context: ActionContext }) {
    this.models = options.models;
    this.context = dependencies.context;
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => request.socket.destroy());
    });
  }

  /** Listens on 127.0.0.1; port 0 takes a free one. @throws the error of listen, e.g. EADDRINUSE */
  async start(port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = crypto.randomUUID();
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = request.method === 'GET' ? url.search.slice(1) : await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) {
      const error = { code: 'RequestEntityTooLarge', message: 'The request is too large.', status: 413 };
      response.setHeader('connection', 'close');
      send(response, errorAnswer({ service: 'ec2', id }, error), id);
    } else if (url.pathname.startsWith('/_local/')) {
      this.serveLocal({ method: request.method ?? '', path: url.pathname, body }, response);
    } else {
      const { 'x-amz-target': target, authorization } = request.headers;
      const apiRequest = identifyRequest({ id, target: target?.toString(), authorization, body });
      await this.serveApi(apiRequest, response);
    }
  }

  private async serveApi(request: ApiRequest, response: ServerResponse): Promise<void> {
    const fault = this.faults.take(request.action);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.reset === 'before') {
      this.cut(request, response);
      return;
    }
    const answer =
      fault?.code === undefined
        ? await answerRequest(request, this.models, this.context)
        : errorAnswer(request, {
            code: fault.code,
            message: fault.message ?? `${fault.code} (a fault that local-ec2 was told to answer with)`,
            status: fault.status ?? 400,
          });
    if (fault?.reset === 'after') {
      this.cut(request, response);
      return;
    }
    this.remember(request.action, answer.status);
    send(response, answer, request.id);
  }

  private serveLocal(request: { method: string; path: string; body: string }, response: ServerResponse): void {
    const { status, value } = this.answerLocal(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(value)}\n`);
  }

  private answerLocal(request: { method: string; path: string; body: string }): { status: number; value: unknown } {
    switch (`${request.method} ${request.path}`) {
      case 'POST /_local/faults': {
        const faults = parseFaults(request.body);
        if (typeof faults === 'string') return { status: 400, value: { error: faults } };
        this.faults.add(faults);
        return { status: 200, value: { pending: this.faults.size } };
      }
      case 'DELETE /_local/faults':
        this.faults.clear();
        return { status: 200, value: { pending: 0 } };
      case 'GET /_local/requests':
        return { status: 200, value: this.log };
      default:
        return { status: 404, value: { error: `there is no ${request.method} ${request.path}` } };
    }
  }

  private cut(request: ApiRequest, response: ServerResponse): void {
    this.remember(request.action, undefined);
    response.socket?.destroy();
  }

  private remember(action: string, status: number | undefined): void {
    this.log.push({ action, at: this.context.now(), status });
    if (this.log.length > MAX_LOG_ENTRIES) this.log.shift();
  }
}

function send(response: ServerResponse, answer: ApiAnswer, requestId: string): void {
  response.writeHead(answer.status, { 'content-type': answer.contentType, 'x-amzn-requestid': requestId });
  response.end(answer.body);
}
