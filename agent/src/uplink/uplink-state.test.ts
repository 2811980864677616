import type { ControllerMessage, RefuseCode } from '@ptp-tester/wire';
import { describe, expect, test } from 'vitest';
import { initialUplinkState, nextUplink, type UplinkInput, type UplinkState } from './uplink-state.ts';

const ENROLLED: ControllerMessage = {
  type: 'enrolled',
  protocol: 1,
  run: '20261120-231757-k3f9',
  instance_id: 'i-00000000',
  stored: [],
};
const ACK: ControllerMessage = { type: 'ack', epoch: 'aaaaaaaaaaaaaaaa', through: 4 };

const message = (one: ControllerMessage): UplinkInput => ({ type: 'message', message: one });
const refuse = (code: RefuseCode, retry: boolean) => message({ type: 'refuse', code, reason: 'because', retry });

/** Feeds the inputs at one instant; returns the last state and every effect by name. */
function feed(state: UplinkState, inputs: readonly UplinkInput[], nowMs = 0) {
  let now = state;
  const effects: string[] = [];
  for (const input of inputs) {
    const step = nextUplink(now, input, { nowMs, random: 0 });
    now = step.state;
    effects.push(...step.effects.map((effect) => effect.do));
  }
  return { state: now, effects };
}

const WAKE: UplinkInput = { type: 'wake' };
const OPENED: UplinkInput = { type: 'opened' };
const CLOSED: UplinkInput = { type: 'closed' };
const streaming = () => feed(initialUplinkState(true, 0), [WAKE, OPENED, message(ENROLLED)]).state;

describe('the handshake', () => {
  test('enrols first, then greets, then streams', () => {
    const { state, effects } = feed(initialUplinkState(false, 0), [WAKE, OPENED, message(ENROLLED), message(ENROLLED)]);
    expect(effects).toEqual(['connect', 'enrol', 'hello', 'handle', 'stream']);
    expect(state).toMatchObject({ phase: 'streaming', isEnrolled: true, deadlineMs: null });
  });

  test('greets at once when it has enrolled before', () => {
    expect(feed(initialUplinkState(true, 0), [WAKE, OPENED]).effects).toEqual(['connect', 'hello']);
  });

  test('a lost answer to enrol is asked for again with the same enrolment', () => {
    const lost = feed(initialUplinkState(false, 0), [WAKE, OPENED, CLOSED]);
    expect(lost.state).toMatchObject({ phase: 'waiting', isEnrolled: false });
    expect(feed(lost.state, [WAKE, OPENED], 1000).effects).toEqual(['connect', 'enrol']);
  });

  test('an answer that does not come in time closes the connection', () => {
    const { state } = feed(initialUplinkState(true, 0), [WAKE, OPENED]);
    expect(feed(state, [WAKE], 14_999).effects).toEqual([]);
    const late = feed(state, [WAKE], 15_000);
    expect(late.effects).toEqual(['close']);
    expect(late.state.phase).toBe('waiting');
  });
});

describe('backing off', () => {
  test('grows with each failure and is forgotten after an ack', () => {
    let state = initialUplinkState(true, 0);
    const waits: (number | null)[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      state = feed({ ...state, deadlineMs: 0 }, [WAKE, CLOSED]).state;
      waits.push(state.deadlineMs);
    }
    expect(waits).toEqual([250, 500, 1000, 2000]);
    state = feed({ ...state, deadlineMs: 0 }, [WAKE, OPENED, message(ENROLLED), message(ACK), CLOSED]).state;
    expect(state.deadlineMs).toBe(250);
  });

  test('does not connect before its time', () => {
    expect(feed({ ...initialUplinkState(true, 0), deadlineMs: 500 }, [WAKE], 499).effects).toEqual([]);
  });

  test('a second end of the same connection changes nothing', () => {
    const once = feed(streaming(), [CLOSED]).state;
    expect(feed(once, [CLOSED]).state).toEqual(once);
  });
});

describe('refusals', () => {
  test('that trying again cannot mend are tried again only after minutes', () => {
    const { state, effects } = feed(streaming(), [refuse('token_used', false)]);
    expect(effects).toEqual(['handle', 'close']);
    expect(state).toMatchObject({ phase: 'waiting', deadlineMs: 300_000 });
  });

  test('that may pass are tried again soon', () => {
    expect(feed(streaming(), [refuse('busy', true)]).state.deadlineMs).toBe(250);
  });

  test('of an agent that the controller does not know lead to a new enrolment', () => {
    const { state } = feed(streaming(), [refuse('not_enrolled', false)]);
    expect(state).toMatchObject({ isEnrolled: false, deadlineMs: 250 });
    expect(feed(state, [WAKE, OPENED], 250).effects).toEqual(['connect', 'enrol']);
  });

  test('of a broken frame make it send single records until the next ack', () => {
    const { state } = feed(streaming(), [refuse('broken_frame', true)]);
    expect(state.sendsSingly).toBe(true);
    expect(feed(state, [message(ACK)]).state.sendsSingly).toBe(false);
  });

  test('because the run has ended end it for good', () => {
    const { state, effects } = feed(streaming(), [refuse('run_ended', false)]);
    expect(effects).toEqual(['close', 'end']);
    expect(feed(state, [WAKE, OPENED, CLOSED, message(ENROLLED)], 1e9)).toEqual({ state, effects: [] });
  });
});

test('what the controller says while streaming is handed on', () => {
  const { effects } = feed(streaming(), [message(ACK), message({ type: 'lease', orphan_s: 10, ends_in_s: 10 })]);
  expect(effects).toEqual(['handle', 'handle']);
});
