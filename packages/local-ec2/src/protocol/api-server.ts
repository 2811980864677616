// The HTTP side of the endpoint: EC2, SSM and STS on one port of 127.0.0.1, faults, and the routes under /_local.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionContext } from '../account/account.ts';
import { statusOf } from '../api-error.ts';
import {
  type ApiAnswer,
  type ApiRequest,
  answerRequest,
  errorAnswer,
  identifyRequest,
  type ServiceModels,
} from './answer-request.ts';
import { type Fault, type FaultList, parseJson } from './faults.ts';
import { LocalRoutes } from './local-routes.ts';
import { readBody } from './read-body.ts';
import type { RequestGuard } from './request-guard.ts';
import { unauthorizedMessage } from './unauthorized.ts';

/** One request as it was seen; for tests and for finding out what a client did. */
export interface RequestLogEntry {
  readonly action: string;
  readonly at: number;
  /** Of the answer; undefined when the connection was cut on purpose. */
  readonly status: number | undefined;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_LOG_ENTRIES = 10_000;

/** What the server needs. */
export interface ApiServerDependencies {
  readonly context: ActionContext;
  readonly guard: RequestGuard;
  readonly faults: FaultList;
}

/** The server; `start` gives its port. */
export class ApiServer {
  readonly log: RequestLogEntry[] = [];
  private readonly server: Server;
  readonly models: ServiceModels;
  readonly context: ActionContext;
  readonly guard: RequestGuard;
  private readonly faults: FaultList;
  private readonly local: LocalRoutes;

  constructor(options: { models: ServiceModels }, dependencies: ApiServerDependencies) {
    this.models = options.models;
    this.context = dependencies.context;
    this.guard = dependencies.guard;
    this.faults = dependencies.faults;
    this.local = new LocalRoutes({ ...dependencies, requests: this.log });
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
    const fault = this.faults.take(request.action, (name) => parameterOf(request, name));
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault?.reset === 'before') {
      this.cut(request, response);
      return;
    }
    const answer =
      fault?.code === undefined
        ? await answerRequest(request, this)
        : errorAnswer(request, this.errorOf(fault, fault.code, request));
    if (fault?.reset === 'after') {
      this.cut(request, response);
      return;
    }
    this.remember(request.action, answer.status);
    send(response, answer, request.id);
  }

  private serveLocal(request: { method: string; path: string; body: string }, response: ServerResponse): void {
    const { status, value } = this.local.answer(request);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(value)}\n`);
  }

  private errorOf(fault: Fault, code: string, { service, action }: ApiRequest) {
    const usual =
      code === 'UnauthorizedOperation'
        ? unauthorizedMessage(this.context.account.ownerId, `${service}:${action}`)
        : `${code} (a fault that local-ec2 was told to answer with)`;
    return { code, message: fault.message ?? usual, status: fault.status ?? statusOf(code) ?? 400 };
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

/** A parameter of a form, or a text of a JSON body. */
function parameterOf({ service, body }: ApiRequest, name: string): string | undefined {
  if (service !== 'ssm') return new URLSearchParams(body).get(name) ?? undefined;
  const value = parseJson(body);
  const field: unknown = typeof value === 'string' ? undefined : Object(value.json)[name];
  return typeof field === 'string' ? field : undefined;
}

function send(response: ServerResponse, answer: ApiAnswer, requestId: string): void {
  response.writeHead(answer.status, { 'content-type': answer.contentType, 'x-amzn-requestid': requestId });
  response.end(answer.body);
}
