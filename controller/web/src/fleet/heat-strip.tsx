/** The largest |offset| of each instance over time as one picture: a line for each instance, in the order of the table. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HeatReply, InstanceFigures } from '../../../src/api/live-schemas.ts';
import { Term } from '../components/term.tsx';
import { nanosecondsText } from '../quantity.ts';
import { messageOf, request } from '../request.ts';
import { go } from '../route.ts';
import { msOfNs, utcText } from '../time-text.ts';
import { DEFAULT_SPAN } from '../view.ts';
import { type HeatScale, heatColour, heatScale } from './heat-colours.ts';

const BUCKETS = 240;
const AGAIN_MS = 15_000;

export interface HeatStripProps {
  readonly run: string;
  readonly rows: readonly InstanceFigures[];
  readonly isLive: boolean;
}

export function HeatStrip({ run, rows, isLive }: HeatStripProps) {
  const { heat, trouble } = useHeat(run, isLive);
  const [pointed, setPointed] = useState<string | null>(null);
  if (trouble !== null) return <p class="soft small">No strip over time: {trouble}.</p>;
  if (heat === null || heat.instances.length === 0 || heat.buckets === 0) return null;
  const scale = heatScale(heat.instances.flatMap(({ max_abs }) => max_abs));
  const fromMs = msOfNs(heat.from);
  const toMs = fromMs + (heat.bucket_ns * heat.buckets) / 1e6;
  return (
    <section class="card heat">
      <div class="heat-head">
        <h2>
          <Term name="heat" />
        </h2>
        <span class="fill" />
        <Legend scale={scale} />
      </div>
      <HeatCanvas heat={heat} rows={rows} scale={scale} onPoint={setPointed} />
      <div class="heat-axis soft small">
        <span>{utcText(fromMs)} UTC</span>
        <span class="heat-pointed">{pointed ?? 'Point at a cell to read it, click to open the instance.'}</span>
        <span>{utcText(toMs)} UTC</span>
      </div>
    </section>
  );
}

function useHeat(run: string, isLive: boolean) {
  const [heat, setHeat] = useState<HeatReply | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const read = async () => {
      try {
        setHeat(await request<HeatReply>(`/api/v1/runs/${run}/heat?buckets=${BUCKETS}`, { signal: abort.signal }));
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
  }, [run, isLive]);
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

interface CanvasProps {
  readonly heat: HeatReply;
  readonly rows: readonly InstanceFigures[];
  readonly scale: HeatScale;
  onPoint(text: string | null): void;
}

/** Pixels of one instance: few are easy to hit, many must fit. */
function rowPx(rows: number): number {
  if (rows <= 12) return 16;
  if (rows <= 40) return 9;
  if (rows <= 120) return 4;
  return rows <= 260 ? 2 : 1;
}

function HeatCanvas({ heat, rows, scale, onPoint }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const byId = new Map(heat.instances.map(({ instance_id, max_abs }) => [instance_id, max_abs]));
  const drawn = rows.filter(({ instance_id: id }) => id !== null && byId.has(id));
  const order = drawn.map(({ instance_id: id }) => id).join();
  // `order` stands for the rows, whose figures change each second.
  useEffect(() => {
    const element = canvas.current;
    if (element !== null)
      paint(element, { values: drawn.map(({ instance_id: id }) => byId.get(id ?? '') ?? []), scale });
  }, [heat, order, scale.low, scale.high]);
  const cellAt = (event: MouseEvent) => {
    const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const bucket = Math.floor(((event.clientX - left) / width) * heat.buckets);
    return { bucket, row: drawn[Math.floor(((event.clientY - top) / height) * drawn.length)] };
  };
  const point = (event: MouseEvent) => {
    const { bucket, row } = cellAt(event);
    if (row === undefined) return;
    const value = byId.get(row.instance_id ?? '')?.[bucket] ?? null;
    const at = utcText(msOfNs(heat.from) + (bucket * heat.bucket_ns) / 1e6);
    onPoint(`${row.name} at ${at} UTC: ${value === null ? 'no data' : nanosecondsText(value)}`);
  };
  const open = (event: MouseEvent) => {
    const { row } = cellAt(event);
    if (row?.instance_id === null || row === undefined) return;
    go({ page: 'instance', run: heat.run, instance: row.instance_id, span: DEFAULT_SPAN });
  };
  return (
    <canvas
      ref={canvas}
      class="heat-canvas"
      style={{ height: `${Math.max(1, drawn.length) * rowPx(drawn.length)}px` }}
      role="img"
      aria-label={`Largest absolute offset of ${drawn.length} instances over time`}
      onMouseMove={point}
      onMouseLeave={() => onPoint(null)}
      onClick={open}
    />
  );
}

interface Picture {
  readonly values: readonly (readonly (number | null)[])[];
  readonly scale: HeatScale;
}

/** One pixel for each cell; the browser stretches the picture without smoothing. */
function paint(canvas: HTMLCanvasElement, { values, scale }: Picture): void {
  const width = Math.max(1, ...values.map(({ length }) => length));
  canvas.width = width;
  canvas.height = Math.max(1, values.length);
  const context = canvas.getContext('2d');
  if (context === null) return;
  const image = context.createImageData(width, canvas.height);
  values.forEach((row, y) => {
    row.forEach((value, x) => {
      if (value === null) return;
      const [red, green, blue] = heatColour(value, scale);
      image.data.set([red, green, blue, 255], (y * width + x) * 4);
    });
  });
  context.putImageData(image, 0, 0);
}
