/** chrony's states as coloured blocks over time (pure). */
import { mergeBlocks, type StateBlock, type StateRow, type StateTone } from '../../../src/charts/state-chart.ts';
import type { Band } from './band-of.ts';
import { type StreamKey, seriesName } from './series.ts';
import type { Bands } from './use-bands.ts';

interface Extent {
  readonly least: number;
  readonly most: number;
}

/** Code of `not_synchronised` in LEAP_STATUSES. */
const NEVER_SYNCHRONISED = 3;
/** Codes of SOURCE_STATES. */
const SELECTED = 0;
const FALSETICKER = 2;
const COMBINED = 4;

/** What chronyd followed, whether it was synchronised, and each of its sources. */
export function stateRows(bands: Bands, keys: readonly StreamKey[]): StateRow[] {
  const selected = bands.get(seriesName({ stream: 'chrony', key: '', column: 'phc_selected' }));
  const leap = bands.get(seriesName({ stream: 'chrony', key: '', column: 'leap_status' }));
  const rows: StateRow[] = [];
  if (selected !== undefined) {
    rows.push({ name: 'PHC selected', blocks: blocksOf(selected, ({ least }) => (least >= 1 ? 'good' : 'warning')) });
  }
  if (leap !== undefined) {
    const tone = ({ most }: Extent): StateTone => (most >= NEVER_SYNCHRONISED ? 'error' : 'good');
    rows.push({ name: 'synchronised', blocks: blocksOf(leap, tone) });
  }
  for (const { stream, key } of keys) {
    const state = stream === 'chrony_source' ? bands.get(seriesName({ stream, key, column: 'state' })) : undefined;
    if (state !== undefined) rows.push({ name: key, blocks: blocksOf(state, sourceTone) });
  }
  return rows;
}

function sourceTone({ least, most }: Extent): StateTone {
  if (least === FALSETICKER || most === FALSETICKER) return 'error';
  if (most === SELECTED) return 'good';
  return least === SELECTED || least >= COMBINED ? 'unknown' : 'warning';
}

function blocksOf(band: Band, toneOf: (extent: Extent) => StateTone): StateBlock[] {
  const blocks = band.atMs.map((fromMs, index): StateBlock => {
    const next = band.atMs[index + 1];
    const toMs = next !== undefined && next - fromMs <= band.gapMs ? next : fromMs + band.gapMs / 2.5;
    return { fromMs, toMs, tone: toneOf({ least: band.min[index] ?? 0, most: band.max[index] ?? 0 }) };
  });
  return mergeBlocks(blocks);
}
