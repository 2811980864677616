/** `ptp-tester keep RUN SELECTION`: tells the controller that runs on this data directory which instances stay. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';
import { openStoredData } from './stored-data.ts';

export interface KeepFlags {
  readonly data: string;
}

/** What the API answers: one or the other. */
interface KeepAnswer {
  readonly indexes?: readonly number[];
  readonly error?: { readonly message: string };
}

export async function keep(
  run: string,
  selection: string,
  context: CliContext & { flags: KeepFlags },
): Promise<number> {
  const { flags, stdout } = context;
  const data = openStoredData(flags.data);
  try {
    const { state } = data.run(run);
    if (state !== 'keeping')
      throw new UsageError(`Run ${run} is ${state}: what to keep is decided after its soak, before it ends.`);
  } finally {
    data.repository.close();
  }
  const url = await readRequired(join(flags.data, 'operator.url'), 'no controller has run on it');
  const token = await readRequired(join(flags.data, 'operator.token'), 'it has no operator token');
  const answer = await fetch(`${url}/api/v1/runs/${run}/keep`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ selection }),
  }).catch((error: unknown) => {
    throw new UsageError(
      `No controller answers at ${url}: start ptp-tester serve --data ${flags.data} (${String(error)})`,
    );
  });
  const body = (await answer.json()) as KeepAnswer;
  const { indexes } = body;
  if (indexes === undefined) throw new UsageError(body.error?.message ?? `the controller answered ${answer.status}`);
  stdout.write(`kept: ${indexes.length === 0 ? 'none' : indexes.join(', ')}\n`);
  return EXIT.completed;
}

async function readRequired(path: string, otherwise: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    throw new UsageError(`--data: ${path} cannot be read: ${otherwise}`);
  }
}
