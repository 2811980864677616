/** What can be told of an address from this machine: its addresses, ours, and whether something answers. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

const TRY_MS = 2000;

/** Null when the name is not known here. */
export async function resolveHost(host: string): Promise<readonly string[] | null> {
  if (isIP(host) !== 0) return [host];
  const found = await lookup(host, { all: true }).catch(() => null);
  return found === null ? null : found.map(({ address }) => address);
}

export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}

/** Opens a connection and closes it. */
export function tryConnection(host: string, port: number): Promise<'answer' | 'refusal' | 'silence'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TRY_MS });
    const end = (met: 'answer' | 'refusal' | 'silence') => {
      socket.destroy();
      resolve(met);
    };
    socket.once('connect', () => end('answer'));
    socket.once('timeout', () => end('silence'));
    socket.once('error', (error) => end('code' in error && error.code === 'ECONNREFUSED' ? 'refusal' : 'silence'));
  });
}
