/** A time: UTC, and the reader's own zone when pointed at. */
import { localText, utcText } from '../time-text.ts';

export interface InstantProps {
  /** RFC 3339, ms since 1970, or null for none. */
  readonly at: string | number | null;
  /** Without the zone, where a heading says it. */
  readonly bare?: boolean;
}

export function Instant({ at, bare = false }: InstantProps) {
  if (at === null) return <span class="soft">-</span>;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${localText(ms)} (your time)`} class="nowrap">
      {utcText(ms)}
      {bare ? '' : ' UTC'}
    </time>
  );
}
