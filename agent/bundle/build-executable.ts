/** From sources to one executable file: script, blob, stripped Node, injection, compression. The same inputs give the same bytes. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { ADDON_NAME } from '@ptp-tester/native';
import { build } from 'esbuild';
import { type BundleInputs, ROOT } from './bundle-inputs.ts';
import { stripBinary } from './strip-binary.ts';

export interface FileDescription {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface ExecutablePaths {
  readonly executable: string;
  /** gzip of it. */
  readonly compressed: string;
  /** A folder of its own for what lies between. */
  readonly work: string;
}

/** Names of node's single-executable support (nodejs.org/api/single-executable-applications.html). */
const SEA_RESOURCE = 'NODE_SEA_BLOB';
const SEA_FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
/** The agent's heap stays small: small young generation, and nothing for ExperimentalWarning to say. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];
/** Names without folders: node writes the script's path, as it is given here, into the blob. */
const SCRIPT = 'agent.cjs';
const BLOB = 'agent.blob';
const SEA_CONFIG = 'sea.json';

const runFile = promisify(execFile);

export async function buildExecutable(inputs: BundleInputs, paths: ExecutablePaths): Promise<void> {
  const { targetNode, buildNode, stripTool } = inputs;
  const { executable, compressed, work } = paths;
  await makeScript(join(work, SCRIPT));
  await makeBlob(inputs, work);
  await copyFile(targetNode, executable);
  await chmod(executable, 0o755);
  if (stripTool !== null) await stripBinary(stripTool, executable);
  await injectBlob(buildNode, executable, join(work, BLOB));
  await pipeline(createReadStream(executable), createGzip(), createWriteStream(compressed));
  for (const name of [SCRIPT, BLOB, SEA_CONFIG]) await rm(join(work, name));
}

async function makeScript(outfile: string): Promise<void> {
  await build({
    entryPoints: ['agent/src/main.ts'],
    absWorkingDir: ROOT,
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  });
}

async function makeBlob({ buildNode, addon }: BundleInputs, work: string): Promise<void> {
  const config = {
    main: SCRIPT,
    output: BLOB,
    disableExperimentalSEAWarning: true,
    // Both are of one machine's Node; without them a blob made here is good for the other architecture.
    useSnapshot: false,
    useCodeCache: false,
    execArgv: NODE_FLAGS,
    assets: { [ADDON_NAME]: addon },
  };
  await writeFile(join(work, SEA_CONFIG), JSON.stringify(config));
  await runFile(buildNode, ['--experimental-sea-config', SEA_CONFIG], { cwd: work });
}

/** As a program of its own: it warns of section names that do not matter, and what it says is only shown when it fails. */
async function injectBlob(node: string, executable: string, blob: string): Promise<void> {
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
  await runFile(node, [postject, executable, SEA_RESOURCE, blob, '--sentinel-fuse', SEA_FUSE]);
}

export async function describeFile(path: string): Promise<FileDescription> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}
