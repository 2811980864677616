/** `ptp-tester backup`: a copy of the data directory, also while a controller works on it. */
import { backUpData } from '../../runs/back-up-data.ts';
import type { CliContext } from '../cli-context.ts';
import type { RunReferenceFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';

export type BackupFlags = RunReferenceFlags & { readonly to: string };

export async function backup(flags: BackupFlags, { stdout, stderr }: CliContext): Promise<number> {
  const files = await backUpData({ from: flags.data, to: flags.to }, ({ path, bytes }) => {
    if (stderr.isTTY) stderr.write(`${path} ${(bytes / 1e6).toFixed(1)} MB\n`);
  });
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const text = `${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, are in ${flags.to}. It holds the controller's secrets: keep it private.
To use it after a loss: ptp-tester serve --data ${flags.to} (with the flags of before; never while the old controller runs)\n`;
  stdout.write(flags.json === true ? `${JSON.stringify({ to: flags.to, files: files.length, bytes })}\n` : text);
  return EXIT.completed;
}
