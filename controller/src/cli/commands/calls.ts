/** `ptp-tester calls RUN`: every AWS call of a run, as it was written down when it was made. No parameters and no secrets are in it. */
import Table from 'cli-table3';
import type { AwsCall } from '../../runs/run-repository.ts';
import type { CliContext } from '../cli-context.ts';
import type { RunReferenceFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { openStoredData } from '../stored-data.ts';

export interface CallsFlags extends RunReferenceFlags {
  readonly failed?: boolean;
}

/** What a dry run answers when the call would be allowed. */
const ALLOWED: ReadonlySet<string> = new Set(['ok', 'DryRunOperation']);

export async function calls(run: string, flags: CallsFlags, { stdout }: CliContext): Promise<number> {
  const data = openStoredData(flags.data);
  try {
    const all = data.repository.awsCalls(data.run(run).id);
    const shown = flags.failed === true ? all.filter(({ result }) => !ALLOWED.has(result)) : all;
    stdout.write(flags.json === true ? jsonLines(shown) : `${tableOf(shown, all.length)}\n`);
    return await Promise.resolve(EXIT.completed);
  } finally {
    data.repository.close();
  }
}

/** One object a line: a run of weeks has many. */
function jsonLines(shown: readonly AwsCall[]): string {
  return shown.map((call) => `${JSON.stringify(asJson(call))}\n`).join('');
}

function asJson({ action, at, durationMs, attempts, requestId, result }: AwsCall) {
  return { at: new Date(at).toISOString(), action, result, duration_ms: durationMs, attempts, request_id: requestId };
}

function tableOf(shown: readonly AwsCall[], total: number): string {
  const table = new Table({
    head: ['at', 'action', 'result', 'took', 'attempts', 'request id'],
    style: { head: [], border: [], compact: true },
  });
  for (const call of shown) {
    const { at, action, result, duration_ms: durationMs, attempts, request_id: requestId } = asJson(call);
    table.push([at, action, result, `${durationMs} ms`, String(attempts), requestId ?? '-']);
  }
  const count = `${shown.length} of ${total} calls`;
  return shown.length === 0 ? count : `${table.toString()}\n${count}`;
}
