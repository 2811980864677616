/** Talks to the controller that runs on a data directory, or to the one at an address, as the dashboard does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { announcedAddress } from '../app/announced-address.ts';
import { whyUnreadable } from '../config/given-text.ts';
import { holderOf } from '../runs/directory-lock.ts';
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

/** Starting a run asks AWS many things first. */
const LONGEST_MS = 300_000;

interface ErrorAnswer {
  readonly error?: {
    readonly message: string;
    readonly field?: string;
    readonly problems?: readonly { readonly field: string; readonly reason: string }[];
  };
}

export interface ControllerPlace {
  readonly url: string;
  readonly token: string;
}

export interface ControllerClient {
  /** Where it listens now: after a restart perhaps elsewhere. Rejects with UsageError where none runs. */
  locate(): Promise<ControllerPlace>;
  /** The answer. Rejects with UsageError with what the controller says against it, and where nobody answers. */
  ask<T>(question: Question): Promise<T>;
}

/** The flags that lead there again, as they were given. */
export function placeWords({ data, url, tokenFile }: ClientFlags): string {
  if (url === undefined) return `--data ${data}`;
  return `--url ${url}${tokenFile === undefined ? '' : ` --token-file ${tokenFile}`}`;
}

/** Rejects with UsageError where no controller runs, or its token cannot be read. */
export async function openController(flags: ClientFlags): Promise<ControllerClient> {
  const locate = () => locateController(flags);
  await locate();
  return {
    locate,
    async ask<T>({ repeats = 0, ...question }: Question): Promise<T> {
      const answer = await repeated(async () => await send(await locate(), question, flags), repeats);
      const content = (await answer.json()) as T & ErrorAnswer;
      if (!answer.ok) throw new UsageError(refusalText(content, { status: answer.status, data: flags.data }));
      return content;
    },
  };
}

async function locateController(flags: ClientFlags): Promise<ControllerPlace> {
  const address = flags.url ?? announced(flags.data);
  const token = await readToken(flags);
  return { url: address.replace(/\/$/, ''), token };
}

/** What a killed controller left is told apart by the lock, which the kernel takes from it. */
function announced(data: string): string {
  const address = announcedAddress(data);
  const holder = holderOf(data);
  if (address !== null && holder !== null) return address;
  const start = `Start one: ptp-tester serve --data ${data}`;
  if (holder !== null)
    throw new UsageError(`The controller on ${data} (${holder}) is just starting or ending. Try again in a moment.`);
  const gone = address === null ? '' : ` any more: the one that listened at ${address} was killed`;
  throw new UsageError(`No controller runs on ${data}${gone}. ${start}`);
}

async function send(
  { url, token }: ControllerPlace,
  { method = 'GET', path, body }: Question,
  flags: ClientFlags,
): Promise<Response> {
  try {
    return await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LONGEST_MS),
    });
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    const why = isLate ? `did not answer within ${LONGEST_MS / 1000} s` : 'cannot be reached';
    const remedy =
      flags.url === undefined
        ? 'It holds its data, so it is starting, ending or overloaded: try again, then look at its log'
        : 'Check the address, and whether it runs';
    throw new UsageError(`The controller at ${url} ${why}. ${remedy}.`);
  }
}

async function repeated(ask: () => Promise<Response>, repeats: number): Promise<Response> {
  try {
    return await ask();
  } catch (error) {
    if (repeats === 0) throw error;
    await pause(1000);
    return await repeated(ask, repeats - 1);
  }
}

function refusalText(
  { error }: ErrorAnswer,
  { status, data }: { readonly status: number; readonly data: string },
): string {
  const problems = (error?.problems ?? []).map(({ field, reason }) => `\n  ${field}: ${reason}`);
  const message = (error?.message ?? `it answered ${status}`).replace(/\.$/, '');
  return `The controller refused: ${message}.${hintOn(status, data, error?.field)}${problems.join('')}`;
}

function hintOn(status: number, data: string, field: string | undefined): string {
  if (status === 401) return ' Give the right one with --token-file, or --data of the controller that runs.';
  return status === 404 && field === 'run' ? ` Its runs: ptp-tester status --data ${data}` : '';
}

async function readToken({ data, tokenFile }: ClientFlags): Promise<string> {
  const path = tokenFile ?? join(data, 'operator.token');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const field = tokenFile === undefined ? '--data' : '--token-file';
    throw new UsageError(
      `${field}: ${path} ${whyUnreadable(error)}. The operator token is operator.token in the data directory of the controller.`,
    );
  }
}
