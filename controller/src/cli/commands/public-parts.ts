/** The parts of a report for people outside: the document, the samples and the evidence under the same stand-ins. */
import { hostname } from 'node:os';
import type { EvidenceFile } from '../../report/bundle/evidence-files.ts';
import { knownIdentifiers } from '../../report/public/known-identifiers.ts';
import type { Pseudonyms } from '../../report/public/pseudonyms.ts';
import { publicReader } from '../../report/public/public-reader.ts';
import { publishReport } from '../../report/public/publish-report.ts';
import { makeTextScrubber } from '../../report/public/scrub-text.ts';
import type { Report } from '../../report/report-schema.ts';
import type { RunId } from '../../runs/run.ts';
import type { SampleReader } from '../../store/sample-store.ts';
import type { CliContext } from '../cli-context.ts';
import type { StoredData } from '../stored-data.ts';

/** What the formats are made from; `reader` is null where nothing is stored. */
export interface ReportParts {
  readonly document: Report;
  readonly reader: Pick<SampleReader, 'series' | 'batches' | 'envelope'> | null;
}

export function identifiersOf(id: RunId, { run, repository }: StoredData, { home }: CliContext): Pseudonyms {
  const here = { hosts: [hostname()], paths: [home] };
  return knownIdentifiers({
    run: run(id),
    instances: repository.instances(id),
    preparation: repository.preparation(id),
    here,
  });
}

export function publicParts({ document, reader }: ReportParts, pseudonyms: Pseudonyms): ReportParts {
  const published = publishReport(document, pseudonyms);
  return { document: published, reader: reader === null ? null : publicReader(reader, pseudonyms) };
}

/** After `publicParts`, so that the same identifiers are known. */
export function publicEvidence(evidence: readonly EvidenceFile[], pseudonyms: Pseudonyms): EvidenceFile[] {
  const scrubber = makeTextScrubber(pseudonyms);
  return evidence.map(({ instanceId, name, text }) => ({
    instanceId: pseudonyms.of('instance', instanceId),
    name: scrubber.text(name),
    text: scrubber.text(text),
  }));
}
