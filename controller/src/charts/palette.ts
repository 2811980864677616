/**
 * The colours of charts by what they mean, for light and dark. Each role has a colour of its own, so that a renderer may swap them. On the
 * cards of page and report texts have a contrast of 4.5 and lines of 3 at least; `contrast.test.ts` computes both.
 */

export interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** The main line and the band around it. */
  readonly main: string;
  readonly second: string;
  readonly third: string;
  readonly fourth: string;
  readonly good: string;
  readonly warning: string;
  readonly error: string;
  readonly unknown: string;
}

export type PaletteRole = keyof Palette;

export const LIGHT: Palette = {
  text: '#1c2430',
  muted: '#5b6675',
  grid: '#dde2e9',
  main: '#1f5fbf',
  second: '#7a3fb5',
  third: '#0b7f86',
  fourth: '#8a5a14',
  good: '#1d7f45',
  warning: '#9a5b00',
  error: '#c0272d',
  unknown: '#7d8897',
};

export const DARK: Palette = {
  text: '#e4e9f0',
  muted: '#9fabba',
  grid: '#333d4a',
  main: '#79aefc',
  second: '#c39bf2',
  third: '#5cc8cf',
  fourth: '#dcae66',
  good: '#5cc98a',
  warning: '#f0b04d',
  error: '#ff7a7f',
  unknown: '#76828f',
};
