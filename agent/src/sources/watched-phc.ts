/** What the watch over the samples must know of the PHC: its interfaces, its names at chronyd, and how often chronyd reads it. */
import { choosePhc, findPhcs } from '@ptp-tester/phc';
import type { WatchedPhc } from '../watch/watch.ts';
import { readChronyPhc } from './chrony-phc.ts';
import type { MachineRoots } from './machine-roots.ts';

/** Nothing of all that where the machine has no ENA clock. */
export function watchedPhc(roots: MachineRoots): WatchedPhc {
  const phc = choosePhc(findPhcs({ sysRoot: roots.sys, devRoot: roots.dev }));
  const { names, readsPerSecond } = readChronyPhc(phc, roots);
  return { interfaceNames: phc?.interfaceNames ?? [], chronyNames: names, chronyReadsPerS: readsPerSecond };
}
