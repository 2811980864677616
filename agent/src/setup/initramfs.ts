/** Where ena lies in the initramfs, so do its options: what has to be run when those change. */
import { type Host, outputOf } from './host.ts';

const RENEW_MS = 300_000;

/** Of every kernel, since the next boot need not be of the running one; left to itself Debian's takes the newest, dracut the running. */
const TOOLS = [
  { list: (_kernel: string) => ['lsinitrd'], renew: ['dracut', '--regenerate-all', '--force'] },
  {
    list: (kernel: string) => ['lsinitramfs', `/boot/initrd.img-${kernel}`],
    renew: ['update-initramfs', '-u', '-k', 'all'],
  },
] as const;

/** The command that makes each initramfs anew; null when ena is not in it. */
export async function initramfsWithEna(host: Host): Promise<readonly [string, ...string[]] | null> {
  const kernel = (await outputOf(host, 'uname', ['-r']))?.trim() ?? '';
  for (const { list, renew } of TOOLS) {
    const [program = '', ...args] = list(kernel);
    const files = await outputOf(host, program, args);
    if (files !== null && /\/ena\.ko/.test(files)) return renew;
  }
  return null;
}

/** As `Host.run` takes it. */
export function renewCommand([program, ...args]: readonly [string, ...string[]]): [string, string[], number] {
  return [program, args, RENEW_MS];
}
