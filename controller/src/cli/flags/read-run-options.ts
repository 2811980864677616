/** What `run` and `doctor` are asked for: flags, configuration file and defaults as one, with every problem at once. */
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { AppOptions } from '../../app/app-parts.ts';
import { ConfigError, type ConfigProblem } from '../../config/config-error.ts';
import { isExcused, NO_CONFIG, placedInFile, type ReadConfig, readConfigText } from '../../config/config-file.ts';
import type { ConfigFile } from '../../config/config-schema.ts';
import { withMaskFiles } from '../../config/criteria-mask-files.ts';
import { readGivenText } from '../../config/given-text.ts';
import type { EffectiveOption } from '../../config/option-chooser.ts';
import { mergeRunOptions, type RunOptions } from '../../config/run-options.ts';
import type { AwsOptions } from '../../fleet/aws/ec2-client.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { RunCommandFlags } from '../command-line.ts';
import { chooseControllerFlags } from './controller-file.ts';
import { appOptions } from './controller-options.ts';

export interface ReadRunOptions {
  readonly options: RunOptions;
  readonly controller: AppOptions;
  /** Of the controller, each with where it came from. */
  readonly effective: readonly EffectiveOption[];
  readonly aws: AwsOptions;
  /** As it was read, masks included. */
  readonly file: ConfigFile;
}

/** Throws `ConfigError` with every problem, `UsageError` for a private key that is no file. */
export async function readRunOptions(flags: RunCommandFlags, context: CliContext): Promise<ReadRunOptions> {
  const read = readConfigFile(flags.config);
  const { file, problems: ofFile } = read;
  const problems: ConfigProblem[] = [...ofFile];
  const orProblems = <T>(compute: () => T): T | null => {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const ours = error.problems.filter((problem) => !isExcused(problem, read));
      problems.push(...ours.map((problem) => placedInFile(problem, read, (flag) => isGiven(flag, flags))));
      return null;
    }
  };
  const chosen = chooseControllerFlags(flags, file);
  const options = orProblems(() =>
    mergeRunOptions(flags, file, { isTerminal: context.stdin.isTTY === true && flags.detach !== true }),
  );
  const controller = orProblems(() => appOptions(chosen.flags, context));
  if (options === null || controller === null || problems.length > 0) throw new ConfigError(problems);
  if (options.privateKeyPath !== null) await checkPrivateKey(options.privateKeyPath, context);
  const aws = { ...context.aws, ...(options.profile === null ? {} : { profile: options.profile }) };
  return { options, controller: { ...controller, aws }, effective: chosen.effective, aws, file };
}

/** `--max-lifetime` stood on the command line. */
function isGiven(flag: string, flags: RunCommandFlags): boolean {
  const name = flag.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return flags.given?.has(name) ?? Reflect.get(flags, name) !== undefined;
}

function readConfigFile(path: string | undefined): ReadConfig<ConfigFile> {
  if (path === undefined) return NO_CONFIG;
  const read = readConfigText(path, readGivenText('--config', path));
  const { criteria } = read.file;
  if (criteria === undefined) return read;
  return { ...read, file: { ...read.file, criteria: withMaskFiles(criteria, (mask) => readFileSync(mask, 'utf8')) } };
}

/** Accepted for compatibility: nothing connects in, so the key is never read. */
async function checkPrivateKey(path: string, { stderr, home }: CliContext): Promise<void> {
  const expanded = path.replace(/^~(?=\/)/, home);
  const found = await stat(expanded).catch(() => null);
  if (found === null || !found.isFile())
    throw new UsageError(`--private-key-path: ${path} is not a file. It is not needed: leave it out.`);
  stderr.write(`private key ${path}: not needed and not read, nothing connects to the instances\n`);
  if ((found.mode & 0o077) !== 0) stderr.write(`private key ${path}: others can read it; chmod 600 ${path}\n`);
}
