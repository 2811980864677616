/** Until when an instance's token is good for a first enrolment: its launch window (pure). */
import type { InstanceRecord, Run } from '../runs/run.ts';
import { agentTimeoutS, expiryS } from '../runs/run-bound.ts';

/** The fleet judges once a second, and an agent that is just in time must not lose to rounding. */
const SLACK_MS = 60_000;

/** Why the token is no longer good; null while it is. `now`: milliseconds since 1970. */
export function tokenExpiry(run: Run, instance: InstanceRecord, now: number): string | null {
  if (instance.failure !== null || instance.state === 'terminating' || instance.state === 'terminated') {
    return 'the token has expired: its instance was given up';
  }
  const runningAt = instance.reachedAt.running;
  const windowEndsAt =
    runningAt === undefined
      ? Number.POSITIVE_INFINITY
      : runningAt + agentTimeoutS(run.spec, instance.instanceType) * 1000;
  const expiresAt = Math.min(run.createdAt + expiryS(run.spec) * 1000, windowEndsAt + SLACK_MS);
  return now <= expiresAt ? null : `the token expired on ${new Date(expiresAt).toISOString()}, with its launch window`;
}
