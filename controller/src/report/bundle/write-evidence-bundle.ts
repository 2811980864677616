/** One archive of what a run showed: report, every sample as CSV, the evidence of each instance, and a manifest with their sha256. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SampleReader } from '../../store/sample-store.ts';
import type { Report } from '../report-schema.ts';
import { writeReport } from '../write-report.ts';
import { writeStreams } from '../write-streams.ts';
import { writeWhole } from '../write-whole.ts';
import { type EvidenceFile, evidenceFileName, type ReadWindowSummary, readWindowOf } from './evidence-files.ts';
import { type TarEntry, writeTarGz } from './write-tar-gz.ts';

export interface EvidenceBundle {
  readonly report: Report;
  readonly reader: Pick<SampleReader, 'series' | 'batches' | 'envelope'> | null;
  readonly evidence: readonly EvidenceFile[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface BundleManifest {
  readonly bundle_version: 1;
  readonly tool_version: string;
  readonly created_at: string;
  readonly run: string;
  /** True: nothing in this bundle is about hardware. */
  readonly simulated: boolean;
  readonly instances: readonly {
    readonly instance_id: string | null;
    readonly name: string;
    readonly instance_type: string;
    readonly verdict: Record<'capability' | 'setup' | 'quality', string>;
    readonly evidence: number;
    readonly read_window: ReadWindowSummary | null;
  }[];
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/** Writes the archive, readable by its owner only; an older one of this name is replaced. */
export async function writeEvidenceBundle(path: string, bundle: EvidenceBundle): Promise<BundleManifest> {
  const folder = await mkdtemp(join(tmpdir(), 'ptp-tester-bundle-'));
  try {
    const entries = await gather(folder, bundle);
    const manifest = await describe(bundle, entries);
    const manifestPath = join(folder, 'manifest.json');
    await writeWhole(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
    const root = `ptp-tester-${bundle.report.run.id}`;
    const all = [{ name: 'manifest.json', path: manifestPath }, ...entries];
    const named = all.map((entry) => ({ ...entry, name: `${root}/${entry.name}` }));
    await writeTarGz(path, named, Math.floor(bundle.now / 1000));
    return manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function gather(folder: string, { report, reader, evidence }: EvidenceBundle): Promise<TarEntry[]> {
  const paths = Object.values(await writeReport(join(folder, 'report'), report, { reader }));
  if (reader !== null) paths.push(...(await writeStreams(folder, { reader, formats: ['csv'] })));
  for (const { instanceId, name, text } of evidence) {
    const own = join(folder, 'evidence', evidenceFolder(instanceId));
    await mkdir(own, { recursive: true });
    const file = join(own, evidenceFileName(name));
    await writeWhole(file, text.endsWith('\n') ? text : `${text}\n`);
    paths.push(file);
  }
  return [...new Set(paths)].map((path) => ({ name: relative(folder, path), path }));
}

/** Ids come from AWS; nothing of them may leave the folder. */
function evidenceFolder(instanceId: string): string {
  return instanceId.replaceAll(/[^A-Za-z0-9-]/g, '_').slice(0, 40);
}

async function describe(
  { report, evidence, now }: EvidenceBundle,
  entries: readonly TarEntry[],
): Promise<BundleManifest> {
  const files = [];
  for (const { name, path } of entries)
    files.push({ name, bytes: (await stat(path)).size, sha256: await hashOf(path) });
  const instances = report.results.map(({ instance_id, name, instance_type, verdict }) => {
    const own = evidence.filter(({ instanceId }) => instanceId === instance_id);
    const { capability, setup, quality } = verdict;
    return {
      instance_id,
      name,
      instance_type,
      verdict: { capability: capability.value, setup: setup.value, quality: quality.value },
      evidence: own.length,
      read_window: readWindowOf(own),
    };
  });
  return {
    bundle_version: 1,
    tool_version: report.tool.version,
    created_at: new Date(now).toISOString(),
    run: report.run.id,
    simulated: report.simulated,
    instances,
    files,
  };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
