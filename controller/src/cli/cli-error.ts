/** An error that a command ends with: what happened, why, what to do. */
import { ConfigError } from '../config/config-error.ts';
import { decodeCommand } from '../fleet/aws/refusal-reason.ts';
import { type FailedCall, FleetError } from '../fleet/fleet-error.ts';
import { RunsError } from '../runs/runs-error.ts';
import { StoreError } from '../store/store-error.ts';
import { EXIT } from './exit-codes.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

/** Bad usage that only shows when a command runs. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const USAGE_CODES: ReadonlySet<string> = new Set([
  'run_unknown',
  'backup_refused',
  'prune_refused',
  'samples_removed',
  'data_directory_in_use',
  'data_directory_unusable',
  'spec_invalid',
]);

/** What helps every command where the data directory is another controller's. */
const IN_USE_REMEDY = 'stop that one first, or give another directory with --data';

/**
 * Errors of the kinds we know become a clear text; anything else is a defect and keeps its stack. `inUseRemedy`: what helps this
 * command where another controller has the data directory.
 */
export function describeFailure(error: unknown, inUseRemedy = IN_USE_REMEDY): Failure {
  if (error instanceof ConfigError) {
    const lines = error.problems.map(({ field, reason }) => `  ${field}: ${reason}`);
    return { text: `The configuration cannot be used:\n${lines.join('\n')}`, exitCode: EXIT.usage };
  }
  if (error instanceof UsageError) return { text: error.message, exitCode: EXIT.usage };
  if (error instanceof FleetError && error.call !== null) return describeCall(error, error.call);
  if (error instanceof RunsError || error instanceof FleetError || error instanceof StoreError)
    return describeKnown(error, inUseRemedy);
  if (isWithoutCredentials(error)) {
    return { text: `${NO_CREDENTIALS} (${error.message})`, exitCode: EXIT.couldNotComplete };
  }
  const missing = missingPath(error);
  if (missing !== null) return { text: `${missing} does not exist.`, exitCode: EXIT.usage };
  return describeSystemError(error) ?? describeDefect(error);
}

function describeKnown({ code, message }: RunsError | FleetError | StoreError, inUseRemedy: string): Failure {
  const remedy = code === 'data_directory_in_use' ? `: ${inUseRemedy}` : '';
  return { text: `${message}${remedy}`, exitCode: USAGE_CODES.has(code) ? EXIT.usage : EXIT.couldNotComplete };
}

function describeDefect(error: unknown): Failure {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `Something unexpected went wrong; please report this:\n${text}`, exitCode: EXIT.couldNotComplete };
}

function isWithoutCredentials(error: unknown): error is Error {
  return error instanceof Error && error.name === 'CredentialsProviderError';
}

function describeCall({ message, cause }: FleetError, { encodedReason }: FailedCall): Failure {
  if (isWithoutCredentials(cause)) return describeFailure(cause);
  const why = encodedReason === null ? '' : `\nWhy, in full: ${decodeCommand(encodedReason)}`;
  return { text: `${message}${why}`, exitCode: EXIT.couldNotComplete };
}

const NO_CREDENTIALS =
  'AWS credentials were not found: choose a profile with --profile, set AWS_PROFILE, or log in (aws sso login). To try without AWS: ptp-tester demo.';

/** The file or folder that an error says is not there. */
function missingPath(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return null;
  return error.code === 'ENOENT' ? String(error.path) : null;
}

function describeSystemError(error: unknown): Failure | null {
  const text = systemErrorText(error);
  return text === null ? null : { text, exitCode: EXIT.couldNotComplete };
}

function systemErrorText(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const where = 'address' in error && 'port' in error ? `${String(error.address)}:${String(error.port)}` : null;
  if (error.code === 'EADDRINUSE') {
    return `Cannot listen on ${where ?? 'the given address'}: it is in use. Choose another with --listen or --agent-listen (port 0 takes a free one).`;
  }
  if (error.code === 'EACCES' && where !== null)
    return `Cannot listen on ${where}: no permission. Ports below 1024 need root.`;
  if (error.code === 'ENOSPC')
    return `The disk is full: ${error.message}. Free some space and start again; nothing acknowledged is lost.`;
  return 'syscall' in error ? error.message : null;
}
