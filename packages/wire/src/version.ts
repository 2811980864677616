/** Protocol versions: which ones this program speaks, and which one two programs agree on. */

/** The control messages and the frame. Grows when a side that knows only the old form could not go on. */
export const PROTOCOL = { min: 1, max: 1 } as const;

/** The record layout; first field of every record. Old versions stay decodable for ever. */
export const WIRE_CODEC_VERSION = 1;

/** The highest version that both sides speak, or null when there is none. */
export function negotiateProtocol(theirs: { readonly min: number; readonly max: number }): number | null {
  const highest = Math.min(PROTOCOL.max, theirs.max);
  return highest >= PROTOCOL.min && highest >= theirs.min ? highest : null;
}
