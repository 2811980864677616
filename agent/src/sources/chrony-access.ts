/** How sources and setup reach chronyd: its command port first, the chronyc program where that is closed. */
import {
  CHRONYC_OPTIONS,
  CHRONYD_ADDRESS,
  type ChronycOptions,
  type ChronydAddress,
  ChronyError,
  type ChronyReports,
  chronycReports,
  connectChronyd,
  type Tracking,
} from '@ptp-tester/chrony';

export interface ChronyAccessOptions {
  readonly address: ChronydAddress;
  readonly chronyc: ChronycOptions;
}

export const CHRONY_ACCESS: ChronyAccessOptions = { address: CHRONYD_ADDRESS, chronyc: CHRONYC_OPTIONS };

/** Reports that answered once, with that answer; or why chronyd cannot be asked. */
export type ReachedChrony =
  | { readonly reports: ChronyReports; readonly tracking: Tracking }
  | { readonly absent: string };

/** Tries both ways. Never throws for a chronyd that is not there. */
export async function reachChrony(
  options: ChronyAccessOptions,
  dependencies: { random(): number },
): Promise<ReachedChrony> {
  const failures: string[] = [];
  const ways = [() => connectChronyd(options.address, dependencies), () => chronycReports(options.chronyc)];
  for (const way of ways) {
    try {
      const reports = await way();
      const tracking = await firstTracking(reports);
      return { reports, tracking };
    } catch (error) {
      if (!(error instanceof ChronyError)) throw error;
      failures.push(error.message);
    }
  }
  return { absent: `chronyd does not answer: ${failures.join('; ')}` };
}

async function firstTracking(reports: ChronyReports): Promise<Tracking> {
  try {
    return await reports.tracking();
  } catch (error) {
    reports.close();
    throw error;
  }
}
