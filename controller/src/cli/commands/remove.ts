/** `ptp-tester cleanup RUN` and `ptp-tester sweep`: remove what runs left in AWS, by this tool's tags only. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createEc2Factory, type Ec2Factory } from '../../fleet/aws/ec2-calls.ts';
import { type CleanupPreview, type CleanupReport, cleanupRun, previewCleanup } from '../../fleet/remove/cleanup-run.ts';
import { type SweepEntry, sweep as sweepRegions } from '../../fleet/remove/sweep.ts';
import { type DataDirectory, openDataDirectory } from '../../runs/data-directory.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { RunsError } from '../../runs/runs-error.ts';
import { openRunRepository } from '../../runs/sqlite-run-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { EXIT } from '../exit-codes.ts';
import { type KeptInstances, keptHint } from '../text/kept-instances.ts';

export interface RemoveFlags {
  readonly data: string;
  readonly profile?: string;
  readonly json?: boolean;
}

export type CleanupFlags = RemoveFlags & {
  readonly region?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
};
export type SweepFlags = RemoveFlags & { readonly regions: string; readonly dryRun?: boolean };

interface Account {
  readonly data: DataDirectory;
  readonly repository: RunRepository;
  readonly ec2For: Ec2Factory;
}

/** Holds the data directory meanwhile: a running controller must not drive the same runs. */
async function withAccount(flags: RemoveFlags, context: CliContext, act: (account: Account) => Promise<number>) {
  const { log, now } = context;
  const data = openDataDirectory(flags.data);
  try {
    const repository = openRunRepository(data.controlDatabase, { now });
    try {
      const aws = { ...context.aws, ...(flags.profile === undefined ? {} : { profile: flags.profile }) };
      const ec2For = createEc2Factory({ ...aws, controllerId: data.controllerId }, { repository, log, now });
      return await act({ data, repository, ec2For });
    } finally {
      repository.close();
    }
  } finally {
    data.close();
  }
}

const delay = async (ms: number): Promise<void> => {
  await sleep(ms);
};

/** Exit code 4 when something of the run is still there, or with `--dry-run` would have to go, each with what removes it. */
export function cleanup(run: string, flags: CleanupFlags, context: CliContext): Promise<number> {
  return withAccount(flags, context, async ({ data, repository, ec2For }) => {
    const region = flags.region ?? repository.run(run)?.spec.region;
    if (region === undefined) {
      const fix = 'give --region to look for it by its tags.';
      throw new RunsError('run_unknown', `There is no run ${run} in ${data.path}; ${fix}`);
    }
    const options = { run, region, controllerId: data.controllerId, force: flags.force === true };
    const report =
      flags.dryRun === true
        ? await previewCleanup(options, { ec2For })
        : await cleanupRun(options, { ec2For, repository, sleep: delay, now: context.now });
    context.stdout.write(
      flags.json === true ? `${JSON.stringify(report)}\n` : cleanupText(report, { run, region, data: flags.data }),
    );
    const wouldRemove = 'would_remove' in report ? report.would_remove : [];
    return [...wouldRemove, ...report.leftovers].length === 0 ? EXIT.completed : EXIT.leftBehind;
  });
}

function cleanupText(report: CleanupReport | CleanupPreview, place: Omit<KeptInstances, 'instanceIds'>): string {
  const { kept, leftovers } = report;
  const instanceIds = kept.filter(({ kind }) => kind === 'instance').map(({ id }) => id);
  const [word, gone] = 'removed' in report ? ['removed', report.removed] : ['would remove', report.would_remove];
  const lines = [
    ...gone.map(({ kind, id }) => `${word.padEnd(12)} ${kind} ${id}`),
    ...kept.map(({ kind, id }) => `kept         ${kind} ${id}`),
    ...leftovers.map(({ kind, id, command }) => `STILL THERE  ${kind} ${id}; remove it with: ${command}`),
  ];
  return `${lines.length === 0 ? 'nothing was left' : lines.join('\n')}\n${keptHint({ ...place, instanceIds })}`;
}

/** Exit code 4 when something could not be removed. */
export function sweep(flags: SweepFlags, context: CliContext): Promise<number> {
  return withAccount(flags, context, async ({ ec2For }) => {
    const regions = flags.regions.split(',').map((region) => region.trim());
    const dependencies = { ec2For, sleep: delay, now: context.now };
    const entries = await sweepRegions({ regions, dryRun: flags.dryRun === true }, dependencies);
    context.stdout.write(flags.json === true ? `${JSON.stringify(entries)}\n` : sweepText(entries, regions));
    return entries.some(({ action }) => action === 'failed') ? EXIT.leftBehind : EXIT.completed;
  });
}

function sweepText(entries: readonly SweepEntry[], regions: readonly string[]): string {
  if (entries.length === 0) return `nothing of this tool in ${regions.join(', ')}\n`;
  const lines = entries.map(({ region, run, kind, id, action, reason, command }) => {
    const byHand = action === 'failed' ? `; remove it with: ${command}` : '';
    return `${action.replace('_', ' ').padEnd(13)} ${region} ${run} ${kind} ${id}: ${reason}${byHand}`;
  });
  return `${lines.join('\n')}\n`;
}
