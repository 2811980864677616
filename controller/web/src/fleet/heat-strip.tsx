/** The largest magnitude of a column of each instance over time as one picture: a line for each instance, in the order of the table. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HeatReply, InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Term } from '../components/term.tsx';
import { nanosecondsText } from '../quantity.ts';
import { messageOf, request } from '../request.ts';
import { msOfNs, utcText } from '../time-text.ts';
import { HEAT_CHOICES, type HeatChoice } from '../view.ts';
import { HeatCanvas } from './heat-canvas.tsx';
import { type HeatScale, heatColour, heatScale } from './heat-colours.ts';

const BUCKETS = 240;
const AGAIN_MS = 15_000;

const CHOICES: Readonly<Record<HeatChoice, { readonly words: string; readonly query: string }>> = {
  offset: { words: 'Largest |offset|', query: 'stream=phc&column=offset_ns' },
  bound: { words: 'Widest error bound', query: 'stream=chrony&column=clock_error_bound_ns' },
  read_delay: { words: 'Longest PHC read delay', query: 'stream=phc&column=read_delay_ns' },
  last_offset: { words: "Largest |last offset| of chrony's updates", query: 'stream=chrony&column=last_offset_ns' },
};

export interface HeatStripProps {
  readonly run: string;
  readonly rows: readonly InstanceFigures[];
  readonly isLive: boolean;
  readonly choice: HeatChoice;
  onChoice(choice: HeatChoice): void;
}

export function HeatStrip({ run, rows, isLive, choice, onChoice }: HeatStripProps) {
  const { heat, trouble } = useHeat(run, { choice, isLive });
  const [pointed, setPointed] = useState<string | null>(null);
  const isEmpty = heat === null || heat.instances.length === 0 || heat.buckets === 0;
  // Before the first sample of a run there is nothing to choose from.
  if (isEmpty && choice === 'offset' && trouble === null) return null;
  const scale = heatScale(isEmpty ? [] : heat.instances.flatMap(({ max_abs }) => max_abs));
  return (
    <section class="card heat" aria-label="Over time">
      <div class="heat-head">
        <h2>
          <Term name="heat" />
        </h2>
        <select
          aria-label="What the strip shows"
          value={choice}
          onChange={({ currentTarget: { value } }) => onChoice(HEAT_CHOICES.find((name) => name === value) ?? 'offset')}
        >
          {HEAT_CHOICES.map((name) => (
            <option key={name} value={name}>
              {CHOICES[name].words}
            </option>
          ))}
        </select>
        <span class="fill" />
        {isEmpty ? null : <Legend scale={scale} />}
      </div>
      {trouble === null ? null : <p class="soft small">No strip over time: {trouble}.</p>}
      {isEmpty ? (
        <p class="soft small">{heat === null ? 'Reading ...' : 'Nothing of this was measured yet.'}</p>
      ) : (
        <>
          <HeatCanvas {...{ heat, rows, scale }} words={CHOICES[choice].words} onPoint={setPointed} />
          <HeatAxis heat={heat} pointed={pointed} />
        </>
      )}
    </section>
  );
}

function HeatAxis({ heat, pointed }: { readonly heat: HeatReply; readonly pointed: string | null }) {
  const fromMs = msOfNs(heat.from);
  const toMs = fromMs + (heat.bucket_ns * heat.buckets) / 1e6;
  return (
    <div class="heat-axis soft small">
      <span>{utcText(fromMs)} UTC</span>
      <span class="heat-pointed" aria-live="polite">
        {pointed ?? 'Point at a cell to read it, or use the arrow keys; click or Enter opens the instance.'}
      </span>
      <span>{utcText(toMs)} UTC</span>
    </div>
  );
}

function useHeat(run: string, { choice, isLive }: Pick<HeatStripProps, 'choice' | 'isLive'>) {
  const [heat, setHeat] = useState<HeatReply | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const path = `/api/v1/runs/${run}/heat?${CHOICES[choice].query}&buckets=${BUCKETS}`;
    const read = async () => {
      try {
        setHeat(await request<HeatReply>(path, { signal: abort.signal }));
        setTrouble(null);
      } catch (error) {
        if (!abort.signal.aborted) setTrouble(messageOf(error));
      }
    };
    void read();
    const timer = isLive ? setInterval(read, AGAIN_MS) : undefined;
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [run, choice, isLive]);
  return { heat, trouble };
}

function Legend({ scale }: { readonly scale: HeatScale }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined) return;
    for (let x = 0; x < 120; x += 1) {
      context.fillStyle = `rgb(${heatColour(10 ** (scale.low + ((scale.high - scale.low) * x) / 120), scale).join(' ')})`;
      context.fillRect(x, 0, 1, 12);
    }
  }, [scale.low, scale.high]);
  return (
    <span class="legend small">
      {nanosecondsText(10 ** scale.low)} <canvas ref={canvas} width={120} height={12} aria-label="Scale" />{' '}
      {nanosecondsText(10 ** scale.high)}
    </span>
  );
}
