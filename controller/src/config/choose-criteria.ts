/** The criteria of the configuration file, checked as a whole; absent = the default profile. */
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import type { OptionChooser } from './option-chooser.ts';
import { resolveCriteria } from './resolve-criteria.ts';

/** What the run keeps of them. Faults become problems of the chooser. */
export function chooseCriteria(
  chooser: OptionChooser,
  { criteria }: ConfigFile,
): { readonly criteria?: Readonly<Record<string, unknown>> } {
  try {
    const { profiles, criteria: limits } = resolveCriteria(criteria);
    const value = `${profiles.join(', ') || 'no profile'}, ${limits.length} limits`;
    chooser.effective.push({
      name: 'criteria',
      value,
      from: criteria === undefined ? 'default' : 'configuration file',
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    chooser.problems.push(...error.problems);
  }
  return criteria === undefined ? {} : { criteria };
}
