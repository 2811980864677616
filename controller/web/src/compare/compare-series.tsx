/** Instances, or the periods of one instance, on one axis. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { SeriesList } from '../../../src/api/schemas.ts';
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import type { Series } from '../instance/series.ts';
import { request } from '../request.ts';
import { msOfNs, utcText } from '../time-text.ts';
import type { Compared } from '../view.ts';
import { Overlay, OverlayTable } from './overlay.tsx';
import { PERIODS, periodsOf, shifted, suitablePeriod } from './periods.ts';
import { useCompared, type Wanted } from './use-compared.ts';

export interface CompareSeriesProps {
  /** What the column is called. */
  readonly words: string;
  readonly series: Series;
  readonly compared: readonly Compared[];
  /** By instance id. */
  readonly names: ReadonlyMap<string, string>;
  /** The PHC of one of them at least. */
  readonly isSimulated: boolean;
}

export function CompareInstances({
  words,
  series,
  compared,
  names,
  isSimulated,
  isAligned,
}: CompareSeriesProps & { readonly isAligned: boolean }) {
  const wanted = useMemo(
    () => compared.map((of): Wanted => ({ name: nameOf(of, { names, compared }), of, span: null })),
    [compared, names],
  );
  const { bands, isBusy, trouble } = useCompared(wanted, series);
  const columns = useMemo(() => {
    const firstMs = bands[0]?.band.atMs[0] ?? 0;
    return bands.map(({ name, band }) => ({
      name,
      band: isAligned ? shifted(band, firstMs - (band.atMs[0] ?? 0)) : band,
    }));
  }, [bands, isAligned]);
  const title = `${words}${isAligned ? `, each from its own first sample, at the time of ${columns[0]?.name ?? ''}` : ''}`;
  return (
    <>
      <Overlay {...{ title, series, columns, isSimulated, isBusy, trouble }} />
      <OverlayTable {...{ columns, series }} caption={words} />
    </>
  );
}

/** With its run where there are several. */
function nameOf(
  { run, instance }: Compared,
  { names, compared }: Pick<CompareSeriesProps, 'names' | 'compared'>,
): string {
  const name = names.get(instance) ?? instance;
  return compared.every((other) => other.run === run) ? name : `${name} of ${run}`;
}

interface ComparePeriodsProps extends CompareSeriesProps {
  /** Empty: as suits what there is. */
  readonly period: string;
  onPeriod(period: string): void;
}

export function ComparePeriods({ words, series, compared, period: chosen, onPeriod, ...rest }: ComparePeriodsProps) {
  const { names, isSimulated } = rest;
  const [of] = compared;
  const whose = `${of === undefined ? '' : nameOf(of, { names, compared })}: ${words}`;
  const whole = useWholeSpan(of, series);
  const period = PERIODS.find(({ name }) => name === chosen) ?? (whole === null ? null : suitablePeriod(whole));
  const wanted = useMemo(() => {
    if (of === undefined || whole === null || period === null) return [];
    return periodsOf(whole, period).map((span): Wanted => ({ name: `${utcText(span.fromMs).slice(0, 16)}`, of, span }));
  }, [of, whole, period]);
  const { bands, isBusy, trouble } = useCompared(wanted, series);
  const columns = useMemo(() => {
    const base = bands.at(-1)?.span?.fromMs ?? 0;
    return bands.map(({ name, band, span }) => ({ name, band: shifted(band, base - (span?.fromMs ?? base)) }));
  }, [bands]);
  return (
    <>
      <label class="small">
        Laid over each other:{' '}
        <select value={period?.name ?? ''} onChange={({ currentTarget }) => onPeriod(currentTarget.value)}>
          {PERIODS.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <Overlay
        title={`${whose}; each line begins at the time it is named by, on the axis of the newest`}
        {...{ series, columns, isSimulated, isBusy, trouble }}
      />
      <OverlayTable {...{ columns, series }} caption={whose} />
    </>
  );
}

/** What is stored of the series. */
function useWholeSpan(of: Compared | undefined, { stream, key }: Series): TimeSpan | null {
  const [span, setSpan] = useState<TimeSpan | null>(null);
  const { run, instance } = of ?? {};
  useEffect(() => {
    if (run === undefined || instance === undefined) return;
    const abort = new AbortController();
    request<SeriesList>(`/api/v1/runs/${run}/instances/${instance}/series`, { signal: abort.signal })
      .then(({ series }) => {
        const found = series.find((one) => one.stream === stream && one.key === key);
        setSpan(found === undefined ? null : { fromMs: msOfNs(found.first_at), toMs: msOfNs(found.last_at) });
      })
      // Nothing is stored: the page says that there are no samples.
      .catch(() => setSpan(null));
    return () => abort.abort();
  }, [run, instance, stream, key]);
  return span;
}
