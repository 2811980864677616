import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { CliContext } from '../cli-context.ts';
import { ask } from './ask.ts';

/** Streams that say they are a terminal: keys come one by one, as from one in raw mode. */
function terminal() {
  const typed = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const shown = Object.assign(new PassThrough(), { isTTY: true });
  const interrupt = new AbortController();
  const over = new AbortController();
  const around = {
    stdin: typed as unknown as CliContext['stdin'],
    stdout: shown as unknown as CliContext['stdout'],
    interrupted: interrupt.signal,
    interrupt: () => interrupt.abort(),
  };
  return { typed, over, interrupted: interrupt.signal, answer: ask('Well? ', over.signal, around) };
}

it('gives the line that was typed', async () => {
  const { typed, interrupted, answer } = terminal();
  typed.write('1,3\r');
  expect(await answer).toBe('1,3');
  expect(interrupted.aborted).toBe(false);
});

it('interrupts the command on Ctrl-C, for which the terminal sends no signal while a line is edited', async () => {
  const { typed, interrupted, answer } = terminal();
  typed.write('1,\u0003');
  expect(await answer).toBeNull();
  expect(interrupted.aborted).toBe(true);
});

it('has no answer, and interrupts nothing, when the input ends', async () => {
  const { typed, interrupted, answer } = terminal();
  typed.write('\u0004');
  expect(await answer).toBeNull();
  expect(interrupted.aborted).toBe(false);
});

it('is withdrawn when it is over', async () => {
  const { over, answer } = terminal();
  over.abort();
  expect(await answer).toBeNull();
});
