/** One run's way to the API of a region: each call logged, failures in our words, credentials renewed after they were refused. */
import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import type { RunId } from '../../runs/run.ts';
import { FleetError } from '../fleet-error.ts';
import type { Ec2Sdk, Ec2SdkSource } from './ec2-client.ts';
import { type CallLog, failedCall, loggedCall } from './logged-call.ts';
import type { SsmCommands } from './ssm-commands.ts';
import type { ParameterReader } from './ssm-parameter.ts';

/** Shared by everything that talks to this region. */
export interface Ec2Region {
  readonly sdk: Ec2SdkSource;
  readonly parameters: ParameterReader;
  readonly commands: SsmCommands;
  /** AWS's time - ours, as its last answer told, ms; null before the first. */
  clockOffsetMs: number | null;
}

export interface CallerScope {
  readonly region: Ec2Region;
  /** Null: for no run in particular. */
  readonly run: RunId | null;
}

interface Answer {
  readonly $metadata: object;
}

export class Ec2Caller {
  readonly run: RunId | null;
  readonly #region: Ec2Region;
  readonly #callLog: CallLog;

  constructor({ region, run }: CallerScope, callLog: CallLog) {
    this.run = run;
    this.#region = region;
    this.#callLog = callLog;
  }

  call<A extends Answer>(action: string, send: (sdk: Ec2Sdk) => Promise<A>): Promise<A> {
    return this.#logged(action, async () => send(await this.#region.sdk.get()));
  }

  /** Resolves when the call would be allowed: EC2 says so by an error. */
  async dryRun(action: string, send: (sdk: Ec2Sdk) => Promise<Answer>): Promise<void> {
    try {
      await this.call(action, send);
    } catch (error) {
      if (error instanceof FleetError && error.call?.awsCode === 'DryRunOperation') return;
      throw error;
    }
  }

  parameter(name: string): Promise<GetParameterCommandOutput> {
    return this.#logged('ssm:GetParameter', () => this.#region.parameters.get(name));
  }

  /** A call of SSM's run command; `action` as IAM writes it. */
  command<A extends Answer>(action: `ssm:${string}`, send: (commands: SsmCommands) => Promise<A>): Promise<A> {
    return this.#logged(action, () => send(this.#region.commands));
  }

  serverTime(): number {
    return this.#callLog.now() + (this.#region.clockOffsetMs ?? 0);
  }

  async #logged<A extends Answer>(action: string, send: () => Promise<A>): Promise<A> {
    try {
      return await loggedCall({ action, run: this.run }, this.#callLog, send);
    } catch (error) {
      if (error instanceof FleetError && error.call?.kind === 'credentials') {
        this.#region.sdk.renew();
        this.#region.parameters.renew();
        this.#region.commands.renew();
      }
      throw error;
    }
  }
}

/** An answer without what it is asked for; EC2 does not send such. */
export function missing(action: string, what: string): FleetError {
  return failedCall(action, Object.assign(new Error(`the answer holds no ${what}`), { name: 'AnswerIncomplete' }));
}

/** That something does not exist is an answer, not a failure. */
export async function orNullIfUnknown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof FleetError && error.call?.kind === 'not_found') return null;
    throw error;
  }
}

/** All pages of a listing. */
export async function allPages<T>(
  ask: (page: string | undefined) => Promise<{ readonly items: readonly T[]; readonly next: string | undefined }>,
): Promise<T[]> {
  const found: T[] = [];
  let page: string | undefined;
  do {
    const { items, next } = await ask(page);
    found.push(...items);
    page = next === '' ? undefined : next;
  } while (page !== undefined);
  return found;
}

/** EC2 takes so many resources in one call (CreateTags, DeleteTags, TerminateInstances) ... */
export const RESOURCES_PER_CALL = 1000;
/** ... and so many values of one filter. */
export const VALUES_PER_FILTER = 200;

/** The items in parts that one call takes. */
export function chunks<T>(items: readonly T[], size: number): readonly T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
