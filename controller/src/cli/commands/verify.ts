/** `ptp-tester verify RUN --spools DIR`: compares what the agents produced with what is stored. */
import { statSync } from 'node:fs';
import { readSpools } from '../../analysis/read-spools.ts';
import { type DeliveryReport, verifyDelivery } from '../../analysis/verify-delivery.ts';
import { requireSamples } from '../../app/run-reports.ts';
import type { RunId } from '../../runs/run.ts';
import { openSampleReader } from '../../store/open-sample-reader.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { RunReferenceFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { openStoredData } from '../stored-data.ts';

export type VerifyFlags = RunReferenceFlags & { readonly spools: string };

/** Exit code 0 when nothing is missing, duplicate, extra or different, 1 otherwise. */
export async function verify(run: RunId, flags: VerifyFlags, context: CliContext): Promise<number> {
  const data = openStoredData(flags.data);
  try {
    const given = statSync(flags.spools, { throwIfNoEntry: false });
    if (given?.isDirectory() !== true)
      throw new UsageError(
        `--spools: ${flags.spools} ${given === undefined ? 'does not exist' : 'is a file'}. It is the folder with the agents' state directories, such as that of demo --keep-instances DIR.`,
      );
    requireSamples(data.run(run));
    const reader = openSampleReader(data.samplesDatabase(run));
    try {
      const onProblem = (path: string, reason: string) => context.stderr.write(`${path}: ${reason}\n`);
      const spools = readSpools({ directory: flags.spools, run, onProblem });
      const report = verifyDelivery({ reader, spools });
      if (report.epochs.length === 0)
        throw new UsageError(`--spools: there is no spool of run ${run} below ${flags.spools}; nothing was compared.`);
      context.stdout.write(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
      return await Promise.resolve(report.ok ? EXIT.completed : EXIT.qualityFailed);
    } finally {
      reader.close();
    }
  } finally {
    data.repository.close();
  }
}

function describe({ ok, totals, epochs, instances_without_spool: without }: DeliveryReport): string {
  const lines = [
    `${ok ? 'Complete' : 'NOT complete'}: ${totals.produced} records produced, ${totals.stored} stored (${epochs.length} epochs)`,
    `missing ${totals.missing}, duplicate ${totals.duplicate}, extra ${totals.extra}, different ${totals.different}`,
    `on their way ${totals.undelivered}, reported lost ${totals.reported_lost}, nacked ${totals.nacked}`,
  ];
  if (without.length > 0) lines.push(`not compared, no spool given: ${without.join(', ')}`);
  return `${lines.join('\n')}\n`;
}
