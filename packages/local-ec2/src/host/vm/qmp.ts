// QEMU's machine protocol (docs/interop/qmp-spec): one command on a connection of its own.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

const TIMEOUT_MS = 120_000;

/** Runs a command; `arguments` as QMP names them. Rejects with what QEMU says. */
export async function runQmp(
  path: string,
  command: string,
  args: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const socket = createConnection(path);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`QEMU did not answer to ${command}`)));
  const failed = new Promise<never>((_resolve, reject) => {
    socket.once('error', reject);
  });
  failed.catch(() => undefined);
  try {
    return await Promise.race([converse(socket, command, args), failed]);
  } finally {
    socket.destroy();
  }
}

async function converse(
  socket: ReturnType<typeof createConnection>,
  command: string,
  args: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const steps = [{ execute: 'qmp_capabilities' }, { execute: command, arguments: args }];
  for await (const line of createInterface({ input: socket })) {
    const message: { return?: unknown; error?: { desc?: string }; event?: string } = JSON.parse(line);
    if (message.event !== undefined) continue;
    if (message.error !== undefined) throw new Error(`QEMU refused ${command}: ${message.error.desc}`);
    // The greeting and the first answer each ask for the next step.
    const next = steps.shift();
    if (next === undefined) return message.return;
    socket.write(`${JSON.stringify(next)}\n`);
  }
  throw new Error(`QEMU closed the connection before it answered to ${command}`);
}
