/** The picture of the strip over time: a pixel for each cell, and what reads one, by pointer or by keys. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { HeatReply, InstanceFigures } from '../../../src/api/live-schemas.ts';
import { nanosecondsText } from '../quantity.ts';
import { go } from '../route.ts';
import { msOfNs, utcText } from '../time-text.ts';
import { DEFAULT_SPAN } from '../view.ts';
import { type HeatScale, heatColour } from './heat-colours.ts';

export interface HeatCanvasProps {
  readonly heat: HeatReply;
  readonly rows: readonly InstanceFigures[];
  readonly scale: HeatScale;
  readonly words: string;
  onPoint(text: string | null): void;
}

interface Cell {
  readonly bucket: number;
  readonly row: number;
}

/** Pixels of one instance: few are easy to hit, many must fit. */
function rowPx(rows: number): number {
  if (rows <= 12) return 16;
  if (rows <= 40) return 9;
  if (rows <= 120) return 4;
  return rows <= 260 ? 2 : 1;
}

export function HeatCanvas({ heat, rows, scale, words, onPoint }: HeatCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cell, setCell] = useState<Cell | null>(null);
  const byId = new Map(heat.instances.map(({ instance_id, max_abs }) => [instance_id, max_abs]));
  const drawn = rows.filter(({ instance_id: id }) => id !== null && byId.has(id));
  const order = drawn.map(({ instance_id: id }) => id).join();
  // `order` stands for the rows, whose figures change each second.
  useEffect(() => {
    const element = canvas.current;
    if (element !== null)
      paint(element, { values: drawn.map(({ instance_id: id }) => byId.get(id ?? '') ?? []), scale });
  }, [heat, order, scale.low, scale.high]);
  const point = (next: Cell | null) => {
    const row = next === null ? undefined : drawn[next.row];
    const isThere = next !== null && row !== undefined;
    setCell(isThere ? next : null);
    onPoint(
      isThere ? cellText(row, { heat, bucket: next.bucket, values: byId.get(row.instance_id ?? '') ?? [] }) : null,
    );
  };
  const open = () => openInstance(heat.run, cell === null ? undefined : drawn[cell.row]);
  const size = { buckets: heat.buckets, rows: drawn.length };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture whose cells are read one at a time has no element of its own
    <div
      class="heat-picture"
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys go from cell to cell
      tabIndex={0}
      aria-label={`${words} of ${drawn.length} instances over time. Arrow keys go from cell to cell, Enter opens the instance.`}
      onMouseMove={(event) => point(cellAt(event, size))}
      onMouseLeave={() => point(null)}
      onBlur={() => point(null)}
      onClick={open}
      onKeyDown={(event) => {
        const next = nextCell(event.key, cell, size);
        if (event.key === 'Enter') open();
        if (next === null) return;
        event.preventDefault();
        point(next);
      }}
    >
      <canvas
        ref={canvas}
        class="heat-canvas"
        style={{ height: `${Math.max(1, drawn.length) * rowPx(drawn.length)}px` }}
      />
      {cell === null ? null : <div class="heat-cell" style={placeOf(cell, size)} />}
    </div>
  );
}

interface Size {
  readonly buckets: number;
  readonly rows: number;
}

function cellAt(event: MouseEvent, { buckets, rows }: Size): Cell {
  const { left, top, width, height } = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return {
    bucket: Math.floor(((event.clientX - left) / width) * buckets),
    row: Math.floor(((event.clientY - top) / height) * rows),
  };
}

/** From the newest of the first row; null: the key goes nowhere. */
function nextCell(key: string, cell: Cell | null, { buckets, rows }: Size): Cell | null {
  const steps: Record<string, readonly [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    Home: [-buckets, 0],
    End: [buckets, 0],
  };
  const step = steps[key];
  if (step === undefined) return null;
  if (cell === null) return { bucket: buckets - 1, row: 0 };
  const within = (value: number, most: number) => Math.min(most - 1, Math.max(0, value));
  return { bucket: within(cell.bucket + step[0], buckets), row: within(cell.row + step[1], rows) };
}

function placeOf({ bucket, row }: Cell, { buckets, rows }: Size) {
  const share = (value: number) => `${value * 100}%`;
  return {
    left: share(bucket / buckets),
    width: share(1 / buckets),
    top: share(row / rows),
    height: share(1 / rows),
  };
}

interface Reading {
  readonly heat: HeatReply;
  readonly bucket: number;
  readonly values: readonly (number | null)[];
}

function cellText({ name }: InstanceFigures, { heat, bucket, values }: Reading): string {
  const value = values[bucket] ?? null;
  const at = utcText(msOfNs(heat.from) + (bucket * heat.bucket_ns) / 1e6);
  return `${name} at ${at} UTC: ${value === null ? 'no data' : nanosecondsText(value)}`;
}

function openInstance(run: string, row: InstanceFigures | undefined): void {
  if (row === undefined || row.instance_id === null) return;
  go({ page: 'instance', run, instance: row.instance_id, span: DEFAULT_SPAN });
}

interface Picture {
  readonly values: readonly (readonly (number | null)[])[];
  readonly scale: HeatScale;
}

/** The browser stretches the picture without smoothing. */
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
