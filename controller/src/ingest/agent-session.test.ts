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
    send: () => undefined,
    close: (code: number) => done.push(`close ${code}`),
    terminate: () => done.push('terminate'),
    ping: () => done.push('ping'),
    pause: () => undefined,
    resume: () => undefined,
  };
  const clock = { now: 1_000_000 };
  const hub = {
    now: () => clock.now,
    queue: { open: () => undefined },
    liveAgents: { update: () => undefined },
    greet: () => ({ admitted: true, protocol: 1 }),
    attach: () => undefined,
    withControlDatabase: (work: () => void) => {
      work();
      return true;
    },
  } as unknown as SessionHub;
  const session = new AgentSession({ connection: 1, socket, remoteAddress: '127.0.0.1' }, hub);
  session.onText(HELLO);
  const sweepAfter = (ms: number) => {
    clock.now += ms;
    session.onSweep(clock.now);
  };
  return { session, done, sweepAfter };
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
