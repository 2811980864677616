/** Fetches one column of several series or periods, to be laid over each other. */
import { useEffect, useState } from 'preact/hooks';
import type { EnvelopeReply } from '../../../src/api/schemas.ts';
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import { type Band, bandOf } from '../instance/band-of.ts';
import { intervalMs, type Series, samplesPath } from '../instance/series.ts';
import { messageOf, request } from '../request.ts';
import type { Compared } from '../view.ts';

const POINTS = 900;

export interface Wanted {
  readonly name: string;
  readonly of: Compared;
  /** Null: everything. */
  readonly span: TimeSpan | null;
}

export interface ComparedState {
  /** In the order asked for; those without data are left out. */
  readonly bands: readonly { readonly name: string; readonly band: Band; readonly span: TimeSpan | null }[];
  readonly isBusy: boolean;
  readonly trouble: string | null;
}

export function useCompared(wanted: readonly Wanted[], series: Series): ComparedState {
  const [state, setState] = useState<ComparedState>({ bands: [], isBusy: true, trouble: null });
  const asked = JSON.stringify([wanted, series]);
  // `asked` stands for the two.
  useEffect(() => {
    const abort = new AbortController();
    setState((before) => ({ ...before, isBusy: true }));
    Promise.all(wanted.map((one) => fetchOne(one, series, abort.signal)))
      .then((made) => {
        const bands = made.flatMap((band, index) => {
          const one = wanted[index];
          return band === null || one === undefined ? [] : [{ name: one.name, band, span: one.span }];
        });
        setState({ bands, isBusy: false, trouble: null });
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setState({ bands: [], isBusy: false, trouble: messageOf(error) });
      });
    return () => abort.abort();
  }, [asked]);
  return state;
}

async function fetchOne({ of, span }: Wanted, series: Series, signal: AbortSignal): Promise<Band | null> {
  const reply = await request<EnvelopeReply>(samplesPath({ ...of, span, points: POINTS }, series), { signal });
  return bandOf(reply, { intervalMs: intervalMs(series.stream), isRelative: series.isRelative, plotPx: POINTS });
}
