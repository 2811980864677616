/** Asks at the terminal which working instances stay, until an answer can be carried out or the time for it is over. */
import { once } from 'node:events';
import type { App } from '../../app/start-app.ts';
import { isKeepable, keepDecisionOf } from '../../fleet/decide/keep-selection.ts';
import { FleetError } from '../../fleet/fleet-error.ts';
import { instanceName } from '../../runs/instance-name.ts';
import type { Run } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { ask } from './ask.ts';

const QUESTION = "Keep which? 'all', 'none', or numbers or names such as 1,3,5-7: ";

/** Whether this run waits for somebody to say what stays. */
export function awaitsKeepDecision(run: Run): boolean {
  return run.state === 'keeping' && keepDecisionOf(run) === null;
}

/** Resolves when it is decided, by this terminal or by someone else. */
export async function askWhatToKeep(app: App, run: Run, context: CliContext): Promise<void> {
  const { stdout, interrupted } = context;
  const working = app.repository.instances(run.id).filter(isKeepable);
  stdout.write('\nPTP-functional instances:\n');
  const nameWidth = Math.max(0, ...working.map((instance) => instanceName(instance).length));
  const width = String(working.at(-1)?.index ?? 0).length;
  for (const instance of working) {
    const number = String(instance.index).padStart(width);
    stdout.write(`  ${number}  ${instanceName(instance).padEnd(nameWidth)}  ${instance.instanceId ?? ''}\n`);
  }
  const over = new AbortController();
  const stopListening = app.repository.onChange((id) => {
    const now = app.repository.run(id);
    if (id === run.id && now !== null && !awaitsKeepDecision(now)) over.abort();
  });
  try {
    const signal = AbortSignal.any([over.signal, interrupted]);
    while (!signal.aborted) {
      const answer = await ask(QUESTION, over.signal, context);
      if (answer === null) {
        const command = `ptp-tester keep ${run.id} none|all|1,3,5-7 --data ${app.dataDirectory.path}`;
        if (!signal.aborted) await decidedElsewhere(command, signal, context);
        return;
      }
      const fault = decide(app, run, answer);
      if (fault === null) return;
      stdout.write(`${fault}\n`);
    }
  } finally {
    stopListening();
  }
}

/** After the end of the input nobody answers here any more; `signal` comes when it is decided all the same. */
async function decidedElsewhere(command: string, signal: AbortSignal, { stdout }: CliContext): Promise<void> {
  stdout.write(`Decide from another terminal: ${command}. Ctrl-C keeps nothing and ends the run.\n`);
  await once(signal, 'abort');
}

/** What is wrong with the answer; null when it is decided. */
function decide(app: App, run: Run, answer: string): string | null {
  try {
    app.decideKeep(run.id, answer);
    return null;
  } catch (error) {
    if (error instanceof FleetError && error.code === 'keep_invalid') return error.message;
    throw error;
  }
}
