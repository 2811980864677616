/** `ptp-tester run`: launch instances, soak, report, terminate. */
import { readFile } from 'node:fs/promises';
import { startApp } from '../app/start-app.ts';
import { type ConfigFile, parseConfigFile } from '../config/config-file.ts';
import { type EffectiveOption, mergeRunOptions } from '../config/run-options.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import type { RunCommandFlags } from './command-line.ts';
import { appOptions } from './controller-options.ts';
import { announce, soak } from './soak.ts';

export async function run(flags: RunCommandFlags, context: CliContext): Promise<number> {
  const file = flags.config === undefined ? {} : await readConfigFile(flags.config);
  const { request, effective } = mergeRunOptions(flags, file);
  const app = await startApp(appOptions(flags, context), context);
  try {
    const json = flags.json === true;
    announce(app, context, { json });
    if (!json) printEffective(effective, context);
    return await soak(app, { request, out: flags.out, json }, context);
  } finally {
    await app.close();
  }
}

async function readConfigFile(path: string): Promise<ConfigFile> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--config: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseConfigFile(path, content);
}

function printEffective(effective: readonly EffectiveOption[], { stdout }: CliContext): void {
  for (const { name, value, from } of effective) stdout.write(`${name.padEnd(18)} ${value}  (${from})\n`);
}
