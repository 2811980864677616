// An account with counted ids, a settable clock and machines that only write down what they were told.
import { ApiError } from '../api-error.ts';
import { type Account, type ActionContext, createAccount } from './account.ts';

/** A context for tests of actions. */
export interface MadeContext extends ActionContext {
  readonly account: Account;
  /** What the machines were told, e.g. `launch i-...`. */
  readonly told: string[];
  /** Milliseconds since the Unix epoch. */
  nowMs: number;
}

/** A fresh account in us-east-1; ids count up. */
export function madeContext(): MadeContext {
  let count = 0;
  const newId = (prefix: string) => {
    count += 1;
    return `${prefix}-${count.toString(16).padStart(17, '0')}`;
  };
  const told: string[] = [];
  const tell = (verb: string) => (record: { id: string }) => void told.push(`${verb} ${record.id}`);
  let nowMs = 1_000;
  return {
    account: createAccount({ region: 'us-east-1', now: () => nowMs, newId }),
    told,
    get nowMs() {
      return nowMs;
    },
    set nowMs(value) {
      nowMs = value;
    },
    now: () => nowMs,
    newId,
    newUuid: () => newId('command'),
    machines: {
      reasonAgainst: () => undefined,
      launch: tell('launch'),
      terminate: tell('terminate'),
      stop: tell('stop'),
      start: tell('start'),
      reboot: tell('reboot'),
      crash: tell('crash'),
      securityGroupsChanged: () => void told.push('security groups'),
      console: () => Promise.resolve({ text: '', writtenAt: new Date(0) }),
      canRunScripts: () => true,
      runScript: (id, { script }) => {
        told.push(`script ${id}`);
        return Promise.resolve({ output: `ran ${script}`, exitCode: 0 });
      },
    },
  };
}

/** Id of a public image. */
export function imageIdOf(context: MadeContext, architecture: 'x86_64' | 'arm64'): string {
  const images = [...context.account.images.values()];
  return images.find(({ image }) => image.Architecture === architecture)?.image.ImageId ?? '';
}

/** Code of the API error that a call throws, or `accepted`. */
export function codeOf(call: () => unknown): string {
  try {
    call();
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}
