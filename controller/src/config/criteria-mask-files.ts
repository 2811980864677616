/** Masks in files of their own: YAML or JSON, one mask each, checked and put in place of their names. */
import { parse } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type CriteriaConfig, compiledMask, type MaskDefinition } from './criteria.ts';
import { whyUnreadable } from './given-text.ts';
import { maskProblems } from './resolve-criteria.ts';

/** The criteria with the masks of `mask_files` among `masks`. `readText` gives the content of a file. Throws ConfigError with every fault. */
export function withMaskFiles(config: CriteriaConfig, readText: (path: string) => string): CriteriaConfig {
  const { mask_files = [], ...rest } = config;
  const problems: ConfigProblem[] = [];
  const masks = mask_files.flatMap((path) => readMask(path, readText, problems));
  if (problems.length > 0) throw new ConfigError(problems);
  return mask_files.length === 0 ? rest : { ...rest, masks: [...(rest.masks ?? []), ...masks] };
}

function readMask(path: string, readText: (path: string) => string, problems: ConfigProblem[]): MaskDefinition[] {
  const field = `mask file ${path}`;
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    problems.push({ field, reason: whyUnreadable(error) });
    return [];
  }
  let value: unknown;
  try {
    // Every JSON text is YAML, too.
    value = parse(text);
  } catch (error) {
    problems.push({ field, reason: error instanceof Error ? error.message : String(error) });
    return [];
  }
  if (!compiledMask.Check(value)) {
    for (const { instancePath, message } of compiledMask.Errors(value)) {
      problems.push({ field: `${field}${instancePath.replaceAll('/', '.')}`, reason: message });
    }
    return [];
  }
  problems.push(...maskProblems(field, value));
  return [value];
}
