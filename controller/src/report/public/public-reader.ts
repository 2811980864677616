/** The samples of a run under the names of its public report: writers and charts read through it and never see another name. */
import { STREAMS } from '@ptp-tester/measurement';
import type { SampleReader, SeriesId, SeriesInfo, StoredBatch } from '../../store/sample-store.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { publicReference } from './publish-report.ts';
import { publicSourceKey } from './source-key.ts';

type ReportReader = Pick<SampleReader, 'series' | 'batches' | 'envelope'>;

const REFERENCE_COLUMN = STREAMS.chrony.columns.findIndex(({ name }) => name === 'reference_id');

export function publicReader(reader: ReportReader, pseudonyms: Pseudonyms): ReportReader {
  const own = new Map<string, SeriesInfo>();
  const shown = reader.series().map((series) => {
    const named = { ...series, ...publicNames(series, pseudonyms) };
    own.set(nameOf(named), series);
    return named;
  });
  const ownOf = <T extends SeriesId>(query: T): T => {
    const { instanceId, key } = own.get(nameOf(query)) ?? query;
    return { ...query, instanceId, key };
  };
  return {
    series: () => shown,
    envelope: (query) => reader.envelope(ownOf(query)),
    *batches(series, range) {
      for (const stored of reader.batches(ownOf(series), range)) yield publicBatch(stored, pseudonyms);
    },
  };
}

function nameOf({ instanceId, stream, key }: SeriesId): string {
  return JSON.stringify([instanceId, stream, key]);
}

function publicNames({ instanceId, key }: Omit<SeriesId, 'stream'>, pseudonyms: Pseudonyms) {
  return { instanceId: pseudonyms.of('instance', instanceId), key: publicSourceKey(key, pseudonyms) };
}

function publicBatch(stored: StoredBatch, pseudonyms: Pseudonyms): StoredBatch {
  const { batch } = stored;
  const { instanceId, key } = publicNames({ instanceId: stored.instanceId, key: batch.key }, pseudonyms);
  const columns = batch.stream === 'chrony' ? withoutReferences(batch.columns, pseudonyms) : batch.columns;
  return { ...stored, instanceId, batch: { ...batch, key, columns } };
}

function withoutReferences(columns: StoredBatch['batch']['columns'], pseudonyms: Pseudonyms) {
  return columns.map((values, at) =>
    at === REFERENCE_COLUMN && values instanceof Float64Array
      ? values.map((referenceId) => publicReference(referenceId, pseudonyms))
      : values,
  );
}
