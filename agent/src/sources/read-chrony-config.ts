/** chronyd's effective configuration as it lies on disk: the main file with everything it includes (chrony.conf(5)). */
import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { MachineRoots } from './machine-roots.ts';
import { readText } from './read-text.ts';

export interface ChronyConfig {
  /** The main file. */
  readonly path: string;
  /** All lines, with included files in the place of the directive. */
  readonly text: string;
}

/** Fedora and Amazon Linux, then Debian. */
const MAIN_FILES = ['chrony.conf', 'chrony/chrony.conf'];
/** chronyd's own limit (conf.c, MAX_INCLUDE_LEVEL). */
const MAX_INCLUDE_LEVEL = 10;

/** Reads without running anything; null where no configuration file is found. Files that cannot be read count as empty. */
export function readChronyConfig(roots: MachineRoots): ChronyConfig | null {
  for (const file of MAIN_FILES) {
    const path = join(roots.etc, file);
    const text = readText(path);
    if (text !== null) return { path, text: expandIncludes(text, dirname(roots.etc), 1) };
  }
  return null;
}

function expandIncludes(text: string, prefix: string, level: number): string {
  return text
    .split('\n')
    .map((line) => {
      const files = includedFiles(line, prefix);
      if (files === null || level >= MAX_INCLUDE_LEVEL) return line;
      return files.map((file) => expandIncludes(readText(file) ?? '', prefix, level + 1)).join('\n');
    })
    .join('\n');
}

/** The files that a line includes, in chronyd's order; null for any other line. */
function includedFiles(line: string, prefix: string): string[] | null {
  const [directive = '', ...paths] = line.trim().split(/\s+/);
  switch (directive.toLowerCase()) {
    case 'include':
      return paths.flatMap((path) => globSync(join(prefix, path)).sort());
    case 'confdir':
      return uniqueNames(paths.flatMap((path) => globSync(join(prefix, path, '*.conf'))));
    case 'sourcedir':
      return uniqueNames(paths.flatMap((path) => globSync(join(prefix, path, '*.sources'))));
    default:
      return null;
  }
}

/** Of files with one name in several folders only the first counts; the rest is read in the order of the names. */
function uniqueNames(files: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const file of files) {
    if (!byName.has(basename(file))) byName.set(basename(file), file);
  }
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
}
