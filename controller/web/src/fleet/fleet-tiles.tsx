/** The run in six figures: how many measure, how good the worst is, what needs somebody. */
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { RunSummary } from '../../../src/api/schemas.ts';
import { Badge } from '../components/badge.tsx';
import { Tile } from '../components/tile.tsx';
import { P99_NEEDS } from '../p99-text.ts';
import { nanosecondsText } from '../quantity.ts';
import { decidedText, verdictCounts, verdictWord } from '../run-text.ts';
import { type Tone, troubleOf } from '../trouble.ts';

export interface FleetTilesProps {
  readonly run: RunSummary;
  readonly rows: ReadonlyMap<number, InstanceFigures>;
}

export function FleetTiles({ run, rows }: FleetTilesProps) {
  const all = [...rows.values()];
  const tones = Map.groupBy(all, (row) => troubleOf(row).tone);
  const count = (tone: Tone) => tones.get(tone)?.length ?? 0;
  const worst = worstBy(all, ({ offset_p99_abs_ns: p99 }) => p99);
  const widest = worstBy(all, ({ clock_error_bound_ns: bound }) => bound);
  const connected = all.filter((row) => row.connected).length;
  return (
    <div class="tiles">
      <VerdictTile run={run} />
      <Tile
        name="Need attention"
        tone={attentionTone(count)}
        note={`${count('good')} fine, ${count('unknown')} not measuring`}
      >
        {count('error') + count('warning')} of {all.length}
      </Tile>
      <Tile name="Worst |offset| p99" term="p99" note={nameOf(worst, P99_NEEDS)}>
        {nanosecondsText(worst?.offset_p99_abs_ns ?? null)}
      </Tile>
      <Tile name="Widest error bound" term="bound" note={nameOf(widest, 'not known')}>
        {widest === null ? '-' : `±${nanosecondsText(widest.clock_error_bound_ns)}`}
      </Tile>
      <Tile
        name="Agents connected"
        note={run.state === 'ended' ? 'it is over' : `${samplesText(all)} samples a second`}
      >
        {connected} of {all.length}
      </Tile>
      <Tile name="Instance-hours" term="instance_hours" note={run.state === 'ended' ? 'in all' : 'so far'}>
        {run.instance_hours} h
      </Tile>
    </div>
  );
}

function VerdictTile({ run }: { readonly run: RunSummary }) {
  const verdict = verdictWord(run);
  const failing = run.verdict_so_far?.failing.map(({ criterion, instances }) => `${criterion} (${instances})`) ?? [];
  const left = run.verdict_so_far?.left_to_report ?? [];
  const counts = verdict === null ? 'not judged yet' : verdictCounts(run);
  const found = failing.length === 0 ? counts : `Fails: ${failing.join(', ')}`;
  const decided = decidedText(run);
  const onlyReport = left.length === 0 ? null : `only the report decides ${left.join(', ')}`;
  return (
    <Tile
      name={run.state === 'ended' ? 'Verdict' : 'Verdict so far'}
      term="verdict"
      note={[found, decided, onlyReport].filter((part) => part !== null).join('; ')}
    >
      {verdict === null ? (
        '-'
      ) : (
        <Badge tone={verdict.tone} title={verdict.meaning}>
          {verdict.word}
        </Badge>
      )}
    </Tile>
  );
}

function attentionTone(count: (tone: Tone) => number): Tone {
  if (count('error') > 0) return 'error';
  if (count('warning') > 0) return 'warning';
  return count('good') > 0 ? 'good' : 'unknown';
}

function worstBy(
  rows: readonly InstanceFigures[],
  figure: (row: InstanceFigures) => number | null,
): InstanceFigures | null {
  let worst: InstanceFigures | null = null;
  for (const row of rows) {
    const value = figure(row);
    if (value !== null && value > ((worst === null ? null : figure(worst)) ?? Number.NEGATIVE_INFINITY)) worst = row;
  }
  return worst;
}

function nameOf(row: InstanceFigures | null, otherwise: string): string {
  return row?.name ?? otherwise;
}

function samplesText(rows: readonly InstanceFigures[]): string {
  const sum = rows.reduce((total, { samples_per_second: rate }) => total + rate, 0);
  return sum >= 100 ? String(Math.round(sum)) : String(Number(sum.toPrecision(2)));
}
