/** Watches the lease and ends the machine when it has run out. */
import type { LeaseExpiry, LeaseKeeper } from './lease.ts';
import { leaseExpiry, leaseRemainingS } from './lease.ts';
import type { CancelTimer, SetTimer } from './timer.ts';

export interface LeaseWatchDependencies {
  readonly keeper: Pick<LeaseKeeper, 'state' | 'persistWhenDue'>;
  readonly setTimer: SetTimer;
  /** Called when the lease has run out, and again while the machine still runs. */
  readonly expired: (why: LeaseExpiry) => void;
  /** The lease could not be written; it is tried again at the next look. */
  readonly unwritten: (error: unknown) => void;
}

/** The lease may be renewed or the machine suspended meanwhile, so the watch looks at least this often. */
const LONGEST_LOOK_S = 30;
const AGAIN_S = 60;

export interface LeaseWatch {
  /** The lease was renewed: it may run out earlier than the next look. */
  look(): void;
  end(): void;
}

/** Begins to watch. */
export function watchLease({ keeper, setTimer, expired, unwritten }: LeaseWatchDependencies): LeaseWatch {
  let cancel: CancelTimer = () => undefined;
  let hasEnded = false;
  const look = () => {
    cancel();
    if (hasEnded) return;
    const { state } = keeper;
    const why = leaseExpiry(state);
    if (why !== null) expired(why);
    keeper.persistWhenDue().catch(unwritten);
    const nextS = why === null ? Math.min(LONGEST_LOOK_S, leaseRemainingS(state)) : AGAIN_S;
    cancel = setTimer(Math.max(100, Math.ceil(nextS * 1000)), look);
  };
  look();
  const end = () => {
    hasEnded = true;
    cancel();
  };
  return { look, end };
}
