import { expect, it } from 'vitest';
import { AgentSession } from './agent-session.ts';
import type { SessionHub } from './session-hub.ts';

const HELLO = JSON.stringify({
  type: 'hello',
  protocol: { min: 1, max: 1 },
  agent_version: '0.1.0',
  run: '20261120-231757-k3f9',
  instance_id: 'i-0123456789abcdef0',
  secret: 'ab'.repeat(32),
  generation: 0,
  epochs: [],
});

/** A session whose hello the store does not answer. */
function openingSession() {
  const done: string[] = [];
  const socket = {
    bufferedAmount: 0,
    send: (text: string) => {
      if (text === 'lease') done.push('lease');
    },
    close: (code: number) => done.push(`close ${code}`),
    terminate: () => done.push('terminate'),
    ping: () => done.push('ping'),
    pause: () => undefined,
    resume: () => undefined,
  };
  const clock = { now: 1_000_000, steadyMs: 500 };
  const contacts: number[] = [];
  const hub = {
    now: () => clock.now,
    steadyMs: () => clock.steadyMs,
    queue: { open: () => undefined },
    liveAgents: {
      update: (_id: string, { lastContactAt }: { lastContactAt: number }) => contacts.push(lastContactAt),
      get: () => undefined,
    },
    plans: { leaseText: () => 'lease', planText: () => null },
    greet: () => ({ admitted: true, protocol: 1 }),
    attach: () => undefined,
    detach: () => undefined,
    isCurrent: () => true,
    withControlDatabase: (work: () => void) => {
      work();
      return true;
    },
  } as unknown as SessionHub;
  const session = new AgentSession({ connection: 1, socket, remoteAddress: '127.0.0.1' }, hub);
  session.onText(HELLO);
  const sweepAfter = (ms: number) => {
    clock.now += ms;
    clock.steadyMs += ms;
    session.onSweep(clock.steadyMs);
  };
  return { session, done, sweepAfter, clock, contacts };
}

it('an agent that is gone while the store keeps it waiting does not hold its connection for ever', () => {
  const { session, done, sweepAfter } = openingSession();
  expect(session.state).toBe('opening');
  sweepAfter(21_000);
  sweepAfter(1000);
  expect(done).toEqual(['ping']);
  sweepAfter(25_000);
  expect(done).toEqual(['ping', 'terminate']);
});

it('an agent that answers pings waits for the store as long as it takes', () => {
  const { session, done, sweepAfter } = openingSession();
  for (let turn = 0; turn < 100; turn += 1) {
    sweepAfter(21_000);
    session.onHeard();
  }
  expect(session.state).toBe('opening');
  expect(new Set(done)).toEqual(new Set(['ping']));
});

it('a clock of the controller that is set an hour ahead ends no connection', () => {
  const { session, done, sweepAfter, clock } = openingSession();
  session.opened({ stored: [], nacks: [] });
  clock.now += 3_600_000;
  sweepAfter(1000);
  sweepAfter(20_000);
  expect(done.filter((what) => what !== 'lease')).toEqual(['ping']);
});

it('a clock of the controller that is set back by an hour holds up neither leases nor the end of a connection that is gone', () => {
  const { session, done, sweepAfter, clock, contacts } = openingSession();
  session.opened({ stored: [], nacks: [] });
  expect(done).toEqual(['lease']);
  clock.now -= 3_600_000;
  sweepAfter(10_000);
  expect(done).toEqual(['lease', 'lease']);
  sweepAfter(12_000);
  sweepAfter(24_000);
  expect(done.at(-1)).toBe('terminate');
  session.onClosed();
  // What is said of the last contact is of the clock of now.
  expect(clock.now - (contacts.at(-1) ?? 0)).toBe(46_000);
});
