/** The command that prints what completes ptp-tester in a shell. */
import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion.ts';

export interface CompletionCommand {
  readonly output: { out(text: string): void };
  readonly choose: (action: () => Promise<number>) => void;
}

export function describeCompletion(program: Command, { output, choose }: CompletionCommand): void {
  program
    .command('completion')
    .description('prints what completes ptp-tester in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices([...SHELLS]))
    .addHelpText('after', '\nExamples:\n  eval "$(ptp-tester completion bash)"\n  ptp-tester completion fish | source')
    .action((shell: Shell) =>
      choose(() => {
        output.out(completionScript(program, shell));
        return Promise.resolve(0);
      }),
    );
}
