/** Asks one question at the terminal. */
import { createInterface } from 'node:readline/promises';
import type { CliContext } from '../cli-context.ts';

type Terminal = Pick<CliContext, 'stdin' | 'stdout' | 'interrupted' | 'interrupt'>;

/**
 * The line that was typed. Null when there is none: Ctrl-C (which interrupts the command, as it does anywhere else), the end of the
 * input, `over` or the interrupt has come.
 */
export async function ask(question: string, over: AbortSignal, terminal: Terminal): Promise<string | null> {
  const { stdin, stdout, interrupted, interrupt } = terminal;
  const withdrawn = new AbortController();
  const signal = AbortSignal.any([over, interrupted, withdrawn.signal]);
  const dialogue = createInterface({ input: stdin, output: stdout });
  // A line that is being edited takes Ctrl-C as a character: the terminal sends no signal then.
  dialogue.on('SIGINT', interrupt);
  dialogue.on('close', () => withdrawn.abort());
  try {
    return await dialogue.question(question, { signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    // What is printed next begins a line of its own.
    stdout.write('\n');
    return null;
  } finally {
    dialogue.close();
  }
}
