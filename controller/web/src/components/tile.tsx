/** One figure with its name. */
import type { ComponentChildren } from 'preact';
import type { TermName } from '../terms.ts';
import type { Tone } from '../trouble.ts';
import { Term } from './term.tsx';

export interface TileProps {
  readonly name: string;
  readonly term?: TermName;
  readonly tone?: Tone;
  readonly children: ComponentChildren;
  readonly note?: ComponentChildren;
}

export function Tile({ name, term, tone, children, note }: TileProps) {
  return (
    <div class={`tile ${tone ?? ''}`}>
      <div class="tile-name">{term === undefined ? name : <Term name={term}>{name}</Term>}</div>
      <div class="tile-value">{children}</div>
      {note == null ? null : <div class="tile-note">{note}</div>}
    </div>
  );
}
