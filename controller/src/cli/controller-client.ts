/** Talks to the controller that runs on a data directory, or to the one at an address, as the dashboard does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from './cli-error.ts';

export interface ClientFlags {
  readonly data: string;
  /** Address of a controller elsewhere; then the token is in `tokenFile`. */
  readonly url?: string;
  readonly tokenFile?: string;
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: object;
  /** Asking it again does no harm: where nobody answers it is, so many times, a second apart. */
  readonly repeats?: number;
}

interface ErrorAnswer {
  readonly error?: {
    readonly message: string;
    readonly problems?: readonly { readonly field: string; readonly reason: string }[];
  };
}

export interface ControllerClient {
  readonly url: string;
  readonly token: string;
  /** The answer. Throws UsageError with what the controller says against it, and where nobody answers. */
  ask<T>(question: Question): Promise<T>;
}

/** Throws UsageError where address or token cannot be found. */
export async function openController({ data, url, tokenFile }: ClientFlags): Promise<ControllerClient> {
  const address = url ?? (await readRequired(join(data, 'operator.url'), 'no controller has run on it'));
  const token = await readRequired(tokenFile ?? join(data, 'operator.token'), 'it has no operator token');
  const base = address.replace(/\/$/, '');
  const start = url === undefined ? `start ptp-tester serve --data ${data}` : 'check the address, and whether it runs';
  return {
    url: base,
    token,
    async ask<T>({ method = 'GET', path, body, repeats = 0 }: Question): Promise<T> {
      const send = () =>
        fetch(`${base}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const answer = await repeated(send, repeats).catch(() => {
        throw new UsageError(`No controller answers at ${base}: ${start}.`);
      });
      const content = (await answer.json()) as T & ErrorAnswer;
      if (!answer.ok) throw new UsageError(refusalText(content, answer.status));
      return content;
    },
  };
}

async function repeated(send: () => Promise<Response>, repeats: number): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (repeats === 0) throw error;
    await pause(1000);
    return await repeated(send, repeats - 1);
  }
}

function refusalText({ error }: ErrorAnswer, status: number): string {
  const problems = (error?.problems ?? []).map(({ field, reason }) => `\n  ${field}: ${reason}`);
  const hint = status === 401 ? ' Give the right one with --token-file, or --data of the controller that runs.' : '';
  return `The controller refused: ${error?.message ?? `it answered ${status}`}.${hint}${problems.join('')}`;
}

async function readRequired(path: string, otherwise: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    throw new UsageError(`--data: ${path} cannot be read: ${otherwise}`);
  }
}
