/** Requests to the controller's API: JSON in and out, errors as data. The browser sends the session's cookie by itself. */
import type { ErrorReply } from '../../src/api/schemas.ts';

type ErrorBody = ErrorReply['error'];

/** What the API refused, or `unreachable` when it could not be asked. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problems: NonNullable<ErrorBody['problems']>;

  constructor(status: number, { code, message, problems }: ErrorBody) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.code = code;
    this.problems = problems ?? [];
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const listeners = new Set<() => void>();

/** Calls back whenever the API no longer knows who we are. */
export function onUnauthorized(callback: () => void): void {
  listeners.add(callback);
}

/** The reply's JSON; undefined for 204. Rejects with `RequestError`, or with the signal's reason. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  if (response.status === 401) for (const callback of listeners) callback();
  throw new RequestError(response.status, errorOf(body, response));
}

async function send(path: string, { method = 'GET', body, signal }: RequestOptions): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (signal !== undefined) init.signal = signal;
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, init);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestError(0, { code: 'unreachable', message: 'the controller cannot be reached' });
  }
}

function errorOf(body: unknown, { status, statusText }: Response): ErrorBody {
  const known = body as Partial<ErrorReply> | null;
  return known?.error ?? { code: 'unexpected', message: `the controller answered ${status} ${statusText}` };
}

/** For people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
