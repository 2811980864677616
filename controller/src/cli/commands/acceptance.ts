/** `ptp-tester acceptance`: a short run that also collects evidence from each instance, and everything of it in one archive. */
import { resolve } from 'node:path';
import { openRunReader, reportOfRun } from '../../app/run-reports.ts';
import { type EvidenceFile, evidenceFiles } from '../../report/bundle/evidence-files.ts';
import { type BundleManifest, writeEvidenceBundle } from '../../report/bundle/write-evidence-bundle.ts';
import type { RunId } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import type { AcceptanceFlags } from '../flags/acceptance-command-flags.ts';
import { openStoredData } from '../stored-data.ts';
import { demo } from './demo.ts';
import { checkOutFile } from './out-file.ts';
import { identifiersOf, publicEvidence, publicParts } from './public-parts.ts';
import { run } from './run.ts';

/** Long enough for chronyd to lock, and for quantiles that mean something. */
const DEFAULT_DURATION = '10m';
const LOCAL_DURATION = '10s';
const LOCAL_TYPES = 'c7i.large';

interface Started {
  readonly run: RunId;
  readonly data: string;
}

/** With a run: only the archive, of what is stored. */
export async function acceptance(id: string | undefined, flags: AcceptanceFlags, context: CliContext): Promise<number> {
  checkOutFile(flags.bundle, { flag: '--bundle', example: 'acceptance.tar.gz' });
  if (id !== undefined) return await bundle({ run: id, data: flags.data }, flags, context);
  const begun: Started[] = [];
  const extras = { evidence: true, started: (started: Started) => begun.push(started) };
  const exitCode =
    flags.local === true ? await runHere(flags, context, extras) : await runThere(flags, context, extras);
  const [started] = begun;
  if (started === undefined) return exitCode;
  return Math.max(exitCode, await bundle(started, flags, context));
}

type Extras = Parameters<typeof run>[2];

function runHere(flags: AcceptanceFlags, context: CliContext, extras: Extras): Promise<number> {
  const { instanceTypes = LOCAL_TYPES, duration = LOCAL_DURATION } = flags;
  return demo({ ...flags, instanceTypes, duration }, context, extras);
}

function runThere(flags: AcceptanceFlags, context: CliContext, extras: Extras): Promise<number> {
  // A file may say how long; without one this is short.
  const duration = flags.duration ?? (flags.config === undefined ? DEFAULT_DURATION : undefined);
  return run(
    { ...flags, ...(duration === undefined ? {} : { duration }), keep: flags.keep ?? 'none' },
    context,
    extras,
  );
}

async function bundle(
  { run: id, data: directory }: Started,
  flags: AcceptanceFlags,
  context: CliContext,
): Promise<number> {
  const data = openStoredData(directory);
  try {
    const now = context.now();
    const options = { version: context.version, samplesDatabase: data.samplesDatabase };
    const document = await reportOfRun(data.run(id), { repository: data.repository, options, now });
    const reader = openRunReader(data.samplesDatabase(id));
    try {
      const own = { document, reader, evidence: reader === null ? [] : evidenceFiles(reader.events()) };
      const shown = flags.public === true ? inPublic(own, () => identifiersOf(id, data, context)) : own;
      const path = resolve(flags.bundle ?? `ptp-tester-acceptance-${id}.tar.gz`);
      const manifest = await writeBundle(path, { ...shown, report: shown.document, now });
      context.stdout.write(
        flags.json === true ? `${JSON.stringify({ bundle: path, ...manifest })}\n` : textOf(path, manifest),
      );
    } finally {
      reader?.close();
    }
    return EXIT.completed;
  } finally {
    data.repository.close();
  }
}

type OwnParts = Parameters<typeof publicParts>[0] & { readonly evidence: readonly EvidenceFile[] };

function inPublic({ evidence, ...parts }: OwnParts, identifiers: () => ReturnType<typeof identifiersOf>): OwnParts {
  const pseudonyms = identifiers();
  return { ...publicParts(parts, pseudonyms), evidence: publicEvidence(evidence, pseudonyms) };
}

async function writeBundle(path: string, parts: Parameters<typeof writeEvidenceBundle>[1]): Promise<BundleManifest> {
  try {
    return await writeEvidenceBundle(path, parts);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR')
      throw new UsageError(
        `--bundle: ${path} cannot be written (${code}). Give a file in a folder that exists and is yours.`,
      );
    throw error;
  }
}

function textOf(path: string, { instances, files, simulated, run: id }: BundleManifest): string {
  const lines = instances.map(({ instance_id, name, verdict, evidence, read_window }) => {
    const window = read_window === null ? 'the read window was not probed' : windowText(read_window);
    const { capability, setup, quality } = verdict;
    return `${name} ${instance_id ?? '(never launched)'}: ${capability}, ${setup}, ${quality}; ${evidence} pieces of evidence; ${window}`;
  });
  const label = simulated ? 'SIMULATED: this says nothing about hardware.\n' : '';
  return `\n${label}${lines.join('\n')}\nbundle     ${path} (${files.length} files and a manifest)\n           again: ptp-tester acceptance ${id}\n`;
}

function windowText(window: NonNullable<BundleManifest['instances'][number]['read_window']>): string {
  const { highest_rate_per_s: highest, refused_rate_per_s: refused, simulated } = window;
  const good = highest === null ? 'refused at the lowest rate' : `${highest} reads/s`;
  const end = refused === null ? 'nothing refused' : `refused at ${refused} reads/s`;
  return `PHC ${simulated ? 'SIMULATED ' : ''}${good}, ${end}`;
}
