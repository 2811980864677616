/** The figures of one instance as they are now. */
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Badge } from '../components/badge.tsx';
import { Tile } from '../components/tile.tsx';
import { whyNoP99 } from '../p99-text.ts';
import { bytesText, cpuText, nanosecondsText, offsetText, rateText } from '../quantity.ts';
import { troubleOf } from '../trouble.ts';

export function InstanceTiles({ figures }: { readonly figures: InstanceFigures }) {
  const trouble = troubleOf(figures);
  const { phc_selected: selected, clock_error_bound_ns: bound } = figures;
  return (
    <div class="tiles">
      <Tile name="Condition" tone={trouble.tone} note={trouble.reason}>
        <Badge tone={trouble.tone}>{trouble.word}</Badge>
      </Tile>
      <Tile name="Offset" term="offset" note={`median ${offsetText(figures.offset_p50_ns)}`}>
        {offsetText(figures.offset_last_ns)}
      </Tile>
      <Tile
        name="|offset| p99"
        term="p99"
        note={whyNoP99(figures) ?? `largest ${nanosecondsText(figures.offset_max_abs_ns)}`}
      >
        {nanosecondsText(figures.offset_p99_abs_ns)}
      </Tile>
      <Tile name="Error bound" term="bound" note={bound === null ? whyNothingOfChronyd(figures) : null}>
        {bound === null ? '-' : `±${nanosecondsText(bound)}`}
      </Tile>
      <Tile name="Follows PHC" term="lock" note={selected === null ? whyNothingOfChronyd(figures) : setupNote(figures)}>
        {yesNo(selected)}
      </Tile>
      <Tile
        name="Data lost"
        term="gaps"
        note={`${figures.missed_ticks} ticks missed, ${figures.read_errors} reads failed, ${figures.reads_refused} refused`}
      >
        {figures.gaps === 0 ? 'none' : `${figures.gaps} times`}
      </Tile>
      <Tile name="Agent" note={agentNote(figures)}>
        {figures.agent_cpu_ratio === null ? '-' : `${cpuText(figures.agent_cpu_ratio)} CPU`}
      </Tile>
    </div>
  );
}

/** It is asked each second, as the PHC is read. */
function whyNothingOfChronyd({ offset_last_ns: offset }: InstanceFigures): string {
  return offset === null ? 'no samples yet' : 'chronyd does not answer';
}

function setupNote({ setup }: InstanceFigures): string {
  return `set-up: ${setup?.replaceAll('_', ' ') ?? 'not known'}`;
}

function agentNote({ agent_rss_bytes: rss, spool_bytes: spool, samples_per_second: rate }: InstanceFigures): string {
  if (rss === null) return 'it has not told of itself yet';
  const rateNote = rate === 0 ? '' : `, ${rateText(rate)}`;
  return `${bytesText(rss)} memory, ${bytesText(spool)} spool${rateNote}`;
}

function yesNo(value: boolean | null): string {
  if (value === null) return '-';
  return value ? 'yes' : 'no';
}
