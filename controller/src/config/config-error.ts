/** What is wrong with a configuration or a command line: every problem at once, each with its field and the fix. */

export interface ConfigProblem {
  /** The flag or the key, for example `--duration` or `soak.interval_ms`. */
  readonly field: string;
  readonly reason: string;
}

export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(({ field, reason }) => `${field}: ${reason}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
