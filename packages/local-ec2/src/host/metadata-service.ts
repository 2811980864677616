// The instance metadata service (IMDSv2) of one instance, and beside it the private way for the instance's shims. No socket.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../protocol/read-body.ts';
import { type MetadataFacts, metadataAt } from './metadata-tree.ts';
import { shellQuote } from './shell-quote.ts';

/** What a shim asks for: a command and its arguments. */
export interface ShimRequest {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the shim prints and exits with. */
export interface ShimAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** What the service needs from the instance. */
export interface MetadataServiceDependencies {
  readonly facts: () => MetadataFacts;
  readonly runShim: (request: ShimRequest) => Promise<ShimAnswer>;
  /** Milliseconds of a clock that does not step. */
  readonly monotonicMs: () => number;
}

interface Reply {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

const MAX_TTL_SECONDS = 21_600;
const MAX_SHIM_BYTES = 64 * 1024;
const TOKEN_HEADER = 'x-aws-ec2-metadata-token';
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds';
const FORM = 'application/x-www-form-urlencoded';

/** One instance's metadata service; a server of its own or a shared one hands it the requests. */
export class MetadataService {
  private readonly dependencies: MetadataServiceDependencies;
  private readonly secret = randomBytes(24).toString('hex');
  /** Session tokens and when they end, in monotonic ms. */
  private readonly tokens = new Map<string, number>();

  constructor(dependencies: MetadataServiceDependencies) {
    this.dependencies = dependencies;
  }

  /** Where shims post to; it holds the instance's secret. */
  get shimPath(): string {
    return `/_local/${this.secret}/shim`;
  }

  /** Answers one request. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://metadata').pathname;
    const reply = path.startsWith('/_local/') ? await this.serveShim(request, path) : this.answer(request, path);
    response.writeHead(reply.status, { server: 'EC2ws', 'content-type': 'text/plain', ...reply.headers });
    response.end(reply.body ?? '');
  }

  private async serveShim(request: IncomingMessage, path: string): Promise<Reply> {
    if (request.method !== 'POST' || !isSamePath(path, this.shimPath)) return { status: 404 };
    const body = await readBody(request, MAX_SHIM_BYTES);
    const isForm = request.headers['content-type'] === FORM;
    const parsed = body === undefined ? undefined : parseShimRequest(body, isForm);
    if (parsed === undefined) return { status: 400, body: 'not a shim request' };
    const answer = await this.dependencies.runShim(parsed);
    if (isForm) return { status: 200, body: asShellScript(answer) };
    return { status: 200, body: JSON.stringify(answer), headers: { 'content-type': 'application/json' } };
  }

  private answer(request: IncomingMessage, path: string): Reply {
    const facts = this.dependencies.facts();
    if (!facts.isEnabled) return { status: 403 };
    // AWS refuses forwarded requests, so that an open proxy on an instance gives no credentials away.
    if (request.headers['x-forwarded-for'] !== undefined) return { status: 403 };
    if (path === '/latest/api/token') return this.answerToken(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405 };
    if (!this.isAuthorized(request, facts)) return { status: 401, body: 'Unauthorized' };
    const relative = /^\/(?:latest|\d{4}-\d{2}-\d{2}|1\.0)(\/.*|$)/.exec(path)?.[1];
    const body = relative === undefined ? undefined : metadataAt(facts, relative);
    return body === undefined ? { status: 404, body: 'Not Found' } : { status: 200, body };
  }

  private answerToken(request: IncomingMessage): Reply {
    if (request.method !== 'PUT') return { status: 405 };
    const ttl = String(request.headers[TTL_HEADER] ?? '');
    const seconds = Number(ttl);
    if (!/^\d{1,5}$/.test(ttl) || seconds < 1 || seconds > MAX_TTL_SECONDS) {
      return { status: 400, body: `${TTL_HEADER} must be between 1 and ${MAX_TTL_SECONDS}` };
    }
    const token = randomBytes(40).toString('base64');
    this.forgetOldTokens();
    this.tokens.set(token, this.dependencies.monotonicMs() + seconds * 1000);
    return { status: 200, body: token, headers: { [TTL_HEADER]: ttl } };
  }

  private isAuthorized(request: IncomingMessage, facts: MetadataFacts): boolean {
    const token = request.headers[TOKEN_HEADER];
    if (token === undefined) return !facts.isTokenRequired;
    return (this.tokens.get(String(token)) ?? 0) > this.dependencies.monotonicMs();
  }

  private forgetOldTokens(): void {
    const now = this.dependencies.monotonicMs();
    for (const [token, endsAt] of this.tokens) if (endsAt <= now) this.tokens.delete(token);
  }
}

function isSamePath(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A shim that is a program sends JSON; one that is a shell script sends a form: `command` and any number of `arg`. */
function parseShimRequest(text: string, isForm: boolean): ShimRequest | undefined {
  if (isForm) {
    const form = new URLSearchParams(text);
    const command = form.get('command');
    return command === null ? undefined : { command, args: form.getAll('arg') };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { command, args } = value as { command?: unknown; args?: unknown };
    if (typeof command !== 'string' || !Array.isArray(args)) return undefined;
    return args.every((arg) => typeof arg === 'string') ? { command, args } : undefined;
  } catch {
    return undefined;
  }
}

/** The answer as a shell script that prints it and exits, for a shim that evaluates it. */
function asShellScript({ stdout, stderr, exitCode }: ShimAnswer): string {
  return `printf %s ${shellQuote(stdout)}; printf %s ${shellQuote(stderr)} >&2; exit ${exitCode}`;
}
