/**
 * Draws lines on the terminal's other screen, which has no scroll-back to spoil and is drawn anew when its size changes. What was there
 * before comes back at the end, followed by the last state.
 */

export interface ScreenStream {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): boolean;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** Also when the process ends in another way. */
export type AtExit = (restore: () => void) => () => void;

export type Draw = (size: { readonly columns: number; readonly rows: number }) => readonly string[];

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Of terminals that do not say. */
const USUAL = { columns: 80, rows: 24 };

/** The size of a terminal; one that says 0 (a serial line, `script` without a terminal) does not know it. */
export function sizeOf({ columns = 0, rows = 0 }: Pick<ScreenStream, 'columns' | 'rows'>): typeof USUAL {
  return { columns: columns > 0 ? columns : USUAL.columns, rows: rows > 0 ? rows : USUAL.rows };
}

export class LiveScreen {
  readonly #stream: ScreenStream;
  readonly #atExit: AtExit;
  #draw: Draw = () => [];
  #isOpen = false;
  #forget: () => void = () => undefined;

  constructor(stream: ScreenStream, { atExit }: { readonly atExit: AtExit }) {
    this.#stream = stream;
    this.#atExit = atExit;
  }

  /** Draws now, and again whenever the size changes. */
  show(draw: Draw): void {
    this.#draw = draw;
    if (!this.#isOpen) this.#open();
    this.#redraw();
  }

  /** Back to the screen from before; `last` stays on it. */
  close(last: readonly string[]): void {
    if (this.#isOpen) this.#leave();
    for (const line of last) this.#stream.write(`${line}\n`);
  }

  #open(): void {
    this.#isOpen = true;
    this.#stream.write(ENTER);
    this.#stream.on('resize', this.#redraw);
    this.#forget = this.#atExit(() => this.#stream.write(LEAVE));
  }

  #leave(): void {
    this.#isOpen = false;
    this.#stream.off('resize', this.#redraw);
    this.#forget();
    this.#stream.write(LEAVE);
  }

  readonly #redraw = (): void => {
    const { columns, rows } = sizeOf(this.#stream);
    const lines = this.#draw({ columns, rows }).slice(0, rows);
    // Cleared before it is written: after a line of full width the cursor may stand on its last character, which clearing then takes.
    const text = lines.map((line) => `${CLEAR_LINE}${line}`).join('\r\n');
    const rest = lines.length < rows ? `\r\n${CLEAR_BELOW}` : '';
    this.#stream.write(`${HOME}${text}${rest}`);
  };
}
