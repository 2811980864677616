/** `ptp-tester keep RUN SELECTION`: tells the controller that runs on this data directory which instances stay. */
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { openController } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';
import { openStoredData } from '../stored-data.ts';

export interface KeepFlags {
  readonly data: string;
  readonly json?: boolean;
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
  const controller = await openController(flags);
  const question = { method: 'POST', path: `/runs/${run}/keep`, body: { selection } } as const;
  const answer = await controller.ask<{ readonly indexes: readonly number[] }>(question);
  const { indexes } = answer;
  const text = `kept: ${indexes.length === 0 ? 'none' : indexes.join(', ')}`;
  stdout.write(`${flags.json === true ? JSON.stringify(answer) : text}\n`);
  return EXIT.completed;
}
