/** `ptp-tester prune`: removes samples of ended runs; through the controller where one runs on the data, else by itself. */
import { type PruneResult, SamplePruner } from '../../app/sample-pruner.ts';
import { formatByteSize } from '../../config/byte-size.ts';
import { ConfigError } from '../../config/config-error.ts';
import { parseRetention } from '../../config/retention.ts';
import type { PrunedRun } from '../../runs/choose-prunable.ts';
import { type DataDirectory, openDataDirectory } from '../../runs/data-directory.ts';
import type { RunId } from '../../runs/run.ts';
import { RunsError } from '../../runs/runs-error.ts';
import { openRunRepository } from '../../runs/sqlite-run-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { openController } from '../controller-client.ts';
import { EXIT } from '../exit-codes.ts';
import { requireData } from '../stored-data.ts';

export interface PruneFlags {
  readonly data: string;
  readonly retainFor?: string;
  readonly retainSize?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const REASONS: Readonly<Record<PrunedRun['reason'], string>> = {
  age: 'ended longer ago than --retain-for',
  size: 'all samples took more than --retain-size',
  operator: 'named',
};

export async function prune(named: readonly RunId[], flags: PruneFlags, context: CliContext): Promise<number> {
  const { data, retainFor, retainSize, dryRun = false } = flags;
  if (named.length === 0 && retainFor === undefined && retainSize === undefined)
    throw new UsageError('Say which samples: run ids, --retain-for TIME or --retain-size SIZE; with --dry-run first.');
  const rules = parseRetention(flags, { retainFor: '--retain-for', retainSize: '--retain-size' });
  if (!('maxBytes' in rules)) throw new ConfigError(rules);
  requireData(data);
  const directory = openUnlessInUse(data);
  const result =
    directory === null ? await pruneThere(named, flags) : await pruneHere(directory, { rules, named, dryRun }, context);
  const { pruned, kept, storedBytes } = result;
  if (flags.json === true) {
    const answer = { dry_run: dryRun, removed: pruned, kept, stored_bytes: storedBytes };
    context.stdout.write(`${JSON.stringify(answer)}\n`);
  } else context.stdout.write(textOf(result, dryRun));
  return EXIT.completed;
}

/** Null: a controller has it. */
function openUnlessInUse(data: string): DataDirectory | null {
  try {
    return openDataDirectory(data);
  } catch (error) {
    if (error instanceof RunsError && error.code === 'data_directory_in_use') return null;
    throw error;
  }
}

async function pruneHere(
  data: DataDirectory,
  request: Parameters<SamplePruner['prune']>[0],
  { log, now }: CliContext,
): Promise<PruneResult> {
  try {
    const repository = openRunRepository(data.controlDatabase, { now });
    try {
      const schedule = () => () => undefined;
      return await new SamplePruner(request.rules, { repository, data, log, schedule, now }).prune(request);
    } finally {
      repository.close();
    }
  } finally {
    data.close();
  }
}

interface Answer {
  readonly removed: PruneResult['pruned'];
  readonly kept: PruneResult['kept'];
  readonly stored_bytes: number;
}

async function pruneThere(runs: readonly RunId[], flags: PruneFlags): Promise<PruneResult> {
  const { data, retainFor, retainSize, dryRun = false } = flags;
  const controller = await openController({ data });
  const body = { runs, retain_for: retainFor, retain_size: retainSize, dry_run: dryRun };
  const answer = await controller.ask<Answer>({
    method: 'POST',
    path: '/prune',
    body,
  });
  return { pruned: answer.removed, kept: answer.kept, storedBytes: answer.stored_bytes };
}

function textOf({ pruned, kept, storedBytes }: PruneResult, dryRun: boolean): string {
  const lines = pruned.map(({ run, bytes, reason }) => `${run}  ${formatByteSize(bytes)}  ${REASONS[reason]}`);
  const bytes = pruned.reduce((sum, one) => sum + one.bytes, 0);
  const done = dryRun ? 'would be removed' : 'removed; reports and everything else about the runs stay';
  const left = `all samples ${dryRun ? 'would then take' : 'now take'} ${formatByteSize(storedBytes)}`;
  const what = `samples of ${pruned.length} ${pruned.length === 1 ? 'run' : 'runs'}, ${formatByteSize(bytes)}, ${done}`;
  return `${[...lines, pruned.length === 0 ? 'nothing is to be removed' : what, ...keptLines(kept), left].join('\n')}\n`;
}

const NAMED_AT_MOST = 10;

/** Runs of one reason on a line. */
function keptLines(kept: PruneResult['kept']): string[] {
  return [...Map.groupBy(kept, ({ reason }) => reason)].map(([reason, of]) => {
    const more = of.length > NAMED_AT_MOST ? ` and ${of.length - NAMED_AT_MOST} more` : '';
    const names = of.slice(0, NAMED_AT_MOST).map(({ run }) => run);
    return `kept       ${names.join(', ')}${more}: ${reason}`;
  });
}
