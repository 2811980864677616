/** Completion scripts for shells, made from the command line's own description, so that they cannot lag behind it (pure). */
import type { Argument, Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface CompletedOption {
  readonly long: string;
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

interface CompletedCommand {
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
  /** Of the first argument. */
  readonly choices: readonly string[];
  /** The first argument is a run, or several: those in the data directory are offered. */
  readonly takesRun: boolean;
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(describe);
  if (shell === 'fish') return fishScript(commands);
  // zsh understands what is written for bash once it is told to.
  const prelude =
    shell === 'zsh' ? 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n' : '';
  return prelude + bashScript(commands);
}

function describe(command: Command): CompletedCommand {
  const [first] = command.registeredArguments as readonly Argument[];
  return {
    name: command.name(),
    about: command.description(),
    options: (command.options as readonly Option[]).map((option) => ({
      long: option.long ?? '',
      about: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    choices: first?.argChoices ?? [],
    takesRun: /^runs?$/.test(first?.name() ?? ''),
  };
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const words = (list: readonly string[]) => `'${list.join(' ')}'`;
  const ofCommand = commands.map(({ name, options, choices, takesRun }) => {
    const runs = takesRun ? ' runs=yes' : '';
    return `    ${name}) words=${words([...choices, ...options.map(({ long }) => long), '--help'])}${runs} ;;`;
  });
  const choosing = commands.flatMap(({ name, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map((option) => `    '${name} ${option.long}') words=${words(option.choices)} ;;`),
  );
  const withValue = new Set(
    commands.flatMap(({ options }) => options.filter((one) => one.takesValue).map(({ long }) => long)),
  );
  return `# ptp-tester completion; for bash: eval "$(ptp-tester completion bash)"
_ptp_tester() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command='' words='' runs='' data=ptp-tester-data at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --data) data=\${COMP_WORDS[at+1]:-$data} ;;
      -*) ;;
      *) [ -n "$command" ] || command=\${COMP_WORDS[at]} ;;
    esac
  done
  COMPREPLY=()
  case "$command $previous" in
${choosing.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case $previous in
    ${[...withValue].join('|')}) return ;;
  esac
  case $command in
    '') words=${words(commands.map(({ name }) => name))} ;;
${ofCommand.join('\n')}
  esac
  if [ -n "$runs" ] && [ -d "$data/runs" ]; then words="$words $(ls "$data/runs")"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ptp_tester ptp-tester ./ptp-tester
`;
}

/** `--data` as in the line that is being typed. */
const FISH_RUNS = `function __ptp_tester_runs
  set -l data ptp-tester-data
  set -l words (commandline -opc)
  for at in (seq (count $words))
    if test "$words[$at]" = --data -a $at -lt (count $words)
      set data $words[(math $at + 1)]
    end
  end
  ls $data/runs 2>/dev/null
end
# No file is a command.
complete -c ptp-tester -n __fish_use_subcommand -f
`;

function fishScript(commands: readonly CompletedCommand[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, about, options, choices, takesRun }) => {
    const here = `complete -c ptp-tester -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c ptp-tester -n __fish_use_subcommand -a ${name} -d ${quote(about)}`,
      ...options.map(({ long, about: text, takesValue, choices: values }) => {
        const anything = takesValue ? ' -r' : '';
        const value = values.length > 0 ? ` -xa ${quote(values.join(' '))}` : anything;
        return `${here} -l ${long.slice(2)} -d ${quote(text)}${value}`;
      }),
      ...(choices.length > 0 ? [`${here} -a ${quote(choices.join(' '))}`] : []),
      ...(takesRun ? [`${here} -f -a '(__ptp_tester_runs)'`] : []),
    ];
  });
  return `# ptp-tester completion; for fish: ptp-tester completion fish | source\n${FISH_RUNS}${lines.join('\n')}\n`;
}
