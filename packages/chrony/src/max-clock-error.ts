/** By how much chronyd lets the clock err between updates: `maxclockerror` of chrony.conf(5). Pure. */

export interface MaxClockError {
  readonly ppm: number;
  /** False: chronyd's default, which is an estimate and no guarantee. */
  readonly isSet: boolean;
}

const DEFAULT_PPM = 1;

/** Of a configuration text (its includes already in place). As in chronyd the last line counts. */
export function parseMaxClockError(text: string): MaxClockError {
  const ppm = text
    .split('\n')
    .map((line) => /^\s*maxclockerror\s+(\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*$/i.exec(line)?.[1])
    .filter((value) => value !== undefined)
    .map(Number)
    .at(-1);
  return ppm === undefined ? { ppm: DEFAULT_PPM, isSet: false } : { ppm, isSet: true };
}
