// The commands of an instance that the endpoint answers: shell scripts that ask over the metadata address.
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curlShim } from '../host/curl-shim.ts';
import { ANSWERED_COMMANDS } from '../host/shims.ts';

const CURL = '/usr/bin/curl';
const PROGRAM = '/run/local-ec2/program';
const NODE = `${PROGRAM}/node --disable-warning=ExperimentalWarning ${PROGRAM}/shims`;

/** An instance has no devices of its own and no udev: its rules may be written, and there is nothing to trigger. */
const UDEVADM = '#!/bin/sh\nexit 0\n';

/**
 * Writes them into `<folder>/shims`, which the instance sees as /run/local-ec2/shims. They ask by curl; Node, which would start
 * for every call, is the way out where curl is not.
 */
export async function writeInstanceShims(options: { folder: string; shimPath: string }): Promise<void> {
  const shims = join(options.folder, 'shims');
  await mkdir(shims, { recursive: true });
  const url = `http://169.254.169.254${options.shimPath}`;
  const hasCurl = await access(CURL).then(
    () => true,
    () => false,
  );
  const script = (name: string) => (hasCurl ? curlShim({ name, url, curl: CURL }) : nodeScript(name, url));
  const write = (name: string) => writeFile(join(shims, name), script(name), { mode: 0o755 });
  await Promise.all(ANSWERED_COMMANDS.map(write));
  await writeFile(join(shims, 'udevadm'), UDEVADM, { mode: 0o755 });
  if (!hasCurl)
    await writeFile(join(shims, 'curl'), `#!/bin/sh\nexec ${NODE}/curl-stand-in.ts "$@"\n`, { mode: 0o755 });
}

function nodeScript(name: string, url: string): string {
  return `#!/bin/sh\nexec ${NODE}/shim.ts '${url}' '${name}' "$@"\n`;
}
