/** `ptp-tester keep RUN SELECTION`: tells the controller that runs on this data directory which instances stay. */
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { openController } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';
import { openStoredData } from '../stored-data.ts';
import { chosenHint } from '../text/kept-instances.ts';

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
    const { state, spec } = data.run(run);
    if (state !== 'keeping')
      throw new UsageError(`Run ${run} is ${state}: what to keep is decided after its soak, before it ends.`);
    const controller = await openController(flags);
    const question = { method: 'POST', path: `/runs/${run}/keep`, body: { selection } } as const;
    const answer = await controller.ask<{ readonly indexes: readonly number[] }>(question);
    const chosen = data.repository.instances(run).filter(({ index }) => answer.indexes.includes(index));
    const instanceIds = chosen.flatMap(({ instanceId }) => instanceId ?? []);
    const text = `kept: ${answer.indexes.length === 0 ? 'none' : answer.indexes.join(', ')}`;
    const hint = chosenHint({ run, region: spec.region, instanceIds, data: flags.data });
    stdout.write(flags.json === true ? `${JSON.stringify(answer)}\n` : `${text}\n${hint}`);
    return EXIT.completed;
  } finally {
    data.repository.close();
  }
}
