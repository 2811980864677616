/** Which span of time all charts show, and the ways to another one. */
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';
import { formatDuration } from '../../../src/report/format-quantity.ts';
import { moved, zoomed } from '../chart/chart-span.ts';
import { Instant } from '../components/instant.tsx';
import type { SpanChoice } from '../view.ts';

const LIVE_CHOICES = [
  [60, '1 min'],
  [600, '10 min'],
  [3600, '1 h'],
  [86_400, '1 d'],
  [604_800, '7 d'],
] as const;

export interface SpanBarProps {
  readonly choice: SpanChoice;
  readonly span: TimeSpan;
  /** Of one bucket in the charts, ms; null: nothing is drawn. */
  readonly bucketMs: number | null;
  readonly isLive: boolean;
  onChoice(choice: SpanChoice): void;
}

export function SpanBar({ choice, span, bucketMs, isLive, onChoice }: SpanBarProps) {
  const fix = (next: TimeSpan) => onChoice({ kind: 'fixed', ...next });
  return (
    <div class="span-bar">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend that says the same */}
      <div role="group" aria-label="Span of time" class="button-row">
        <button type="button" aria-pressed={choice.kind === 'all'} onClick={() => onChoice({ kind: 'all' })}>
          Whole run
        </button>
        {isLive
          ? LIVE_CHOICES.map(([seconds, name]) => (
              <button
                key={seconds}
                type="button"
                aria-pressed={choice.kind === 'live' && choice.seconds === seconds}
                onClick={() => onChoice({ kind: 'live', seconds })}
              >
                last {name}
              </button>
            ))
          : null}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div role="group" aria-label="Move and zoom" class="button-row">
        <button type="button" title="Earlier" aria-label="Earlier" onClick={() => fix(moved(span, -0.5))}>
          ←
        </button>
        <button type="button" title="Later" aria-label="Later" onClick={() => fix(moved(span, 0.5))}>
          →
        </button>
        <button type="button" title="Zoom in" aria-label="Zoom in" onClick={() => fix(zoomed(span, 0.5))}>
          +
        </button>
        <button type="button" title="Zoom out" aria-label="Zoom out" onClick={() => fix(zoomed(span, 2))}>
          −
        </button>
      </div>
      <span class="soft small">
        <Instant at={span.fromMs} /> to <Instant at={span.toMs} /> (
        {formatDuration(Math.round((span.toMs - span.fromMs) / 10) / 100)})
        {bucketMs === null ? '' : `, each point ${bucketText(bucketMs)}`}
      </span>
    </div>
  );
}

function bucketText(bucketMs: number): string {
  return bucketMs <= 1 ? 'a single sample' : `${formatDuration(Number((bucketMs / 1000).toPrecision(3)))} of samples`;
}
