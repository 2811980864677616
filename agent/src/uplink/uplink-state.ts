/**
 * The connection's protocol as a state machine (pure): what an input means in each phase, and what to do about it.
 *
 *   waiting --wake--> connecting --opened--> enrolling --enrolled--> greeting --enrolled--> streaming
 *      ^                                \------- (enrolled before) -----^                      |
 *      |                                                                                       |
 *      +------------------- closed, refused, or a deadline passed: back off -------------------+
 *
 *   ended: the run is over for this agent; nothing is tried any more.
 */
import type { ControllerMessage, Refuse } from '@ptp-tester/wire';
import { type BackoffRules, backoffMs } from './backoff.ts';

export type UplinkPhase = 'waiting' | 'connecting' | 'enrolling' | 'greeting' | 'streaming' | 'ended';

export interface UplinkState {
  readonly phase: UplinkPhase;
  /** This agent's secret is known to the controller. */
  readonly isEnrolled: boolean;
  /** Attempts since the last connection that got as far as an acknowledgement. */
  readonly failures: number;
  /** When waiting ends, or when the answer must have come; monotonic ms. Null while streaming and when ended. */
  readonly deadlineMs: number | null;
  /** Send single records until the next ack, so that the controller can tell which one breaks the frame. */
  readonly sendsSingly: boolean;
}

export type UplinkInput =
  | { readonly type: 'wake' }
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'message'; readonly message: ControllerMessage };

export type UplinkEffect =
  | { readonly do: 'connect' | 'enrol' | 'hello' | 'close' | 'stream' | 'end' }
  | { readonly do: 'handle'; readonly message: ControllerMessage };

export interface UplinkTiming {
  readonly nowMs: number;
  /** In [0, 1), for the jitter. */
  readonly random: number;
}

export interface UplinkStep {
  readonly state: UplinkState;
  readonly effects: readonly UplinkEffect[];
}

const BACKOFF: BackoffRules = { firstMs: 500, longestMs: 30_000 };
/** After a refusal that trying again cannot mend. Still tried now and then: the operator may mend it. */
const REFUSED_BACKOFF: BackoffRules = { firstMs: 600_000, longestMs: 600_000 };
/** For connecting and for each answer of the handshake. */
const ANSWER_MS = 15_000;

export function initialUplinkState(isEnrolled: boolean, nowMs: number): UplinkState {
  return { phase: 'waiting', isEnrolled, failures: 0, deadlineMs: nowMs, sendsSingly: false };
}

/** One step. An input that has no meaning in the phase changes nothing. */
export function nextUplink(state: UplinkState, input: UplinkInput, timing: UplinkTiming): UplinkStep {
  if (state.phase === 'ended') return { state, effects: [] };
  switch (input.type) {
    case 'wake':
      return wake(state, timing);
    case 'opened':
      return state.phase === 'connecting' ? opened(state, timing) : { state, effects: [] };
    case 'closed':
      return state.phase === 'waiting'
        ? { state, effects: [] }
        : { state: backOff(state, BACKOFF, timing), effects: [] };
    case 'message':
      return received(state, input.message, timing);
  }
}

function wake(state: UplinkState, timing: UplinkTiming): UplinkStep {
  if (state.deadlineMs === null || timing.nowMs < state.deadlineMs) return { state, effects: [] };
  if (state.phase === 'waiting') {
    const connecting: UplinkState = { ...state, phase: 'connecting', deadlineMs: timing.nowMs + ANSWER_MS };
    return { state: connecting, effects: [{ do: 'connect' }] };
  }
  return { state: backOff(state, BACKOFF, timing), effects: [{ do: 'close' }] };
}

function opened(state: UplinkState, timing: UplinkTiming): UplinkStep {
  const deadlineMs = timing.nowMs + ANSWER_MS;
  return state.isEnrolled
    ? { state: { ...state, phase: 'greeting', deadlineMs }, effects: [{ do: 'hello' }] }
    : { state: { ...state, phase: 'enrolling', deadlineMs }, effects: [{ do: 'enrol' }] };
}

function received(state: UplinkState, message: ControllerMessage, timing: UplinkTiming): UplinkStep {
  switch (message.type) {
    case 'enrolled':
      return enrolled(state, message, timing);
    case 'refuse':
      return refused(state, message, timing);
    case 'ack':
      return { state: { ...state, failures: 0, sendsSingly: false }, effects: [{ do: 'handle', message }] };
    case 'nack':
    case 'plan':
    case 'lease':
      return { state, effects: [{ do: 'handle', message }] };
  }
}

function enrolled(state: UplinkState, message: ControllerMessage, timing: UplinkTiming): UplinkStep {
  switch (state.phase) {
    case 'enrolling': {
      const greeting: UplinkState = {
        ...state,
        phase: 'greeting',
        isEnrolled: true,
        deadlineMs: timing.nowMs + ANSWER_MS,
      };
      return { state: greeting, effects: [{ do: 'hello' }] };
    }
    case 'greeting':
      return {
        state: { ...state, phase: 'streaming', deadlineMs: null },
        effects: [{ do: 'handle', message }, { do: 'stream' }],
      };
    case 'waiting':
    case 'connecting':
    case 'streaming':
    case 'ended':
      return { state, effects: [] };
  }
}

function refused(state: UplinkState, refuse: Refuse, timing: UplinkTiming): UplinkStep {
  if (refuse.code === 'run_ended') {
    return { state: { ...state, phase: 'ended', deadlineMs: null }, effects: [{ do: 'close' }, { do: 'end' }] };
  }
  // The controller does not know this agent (any more): the token enrols it again.
  const isEnrolled = state.isEnrolled && refuse.code !== 'not_enrolled';
  const sendsSingly = state.sendsSingly || refuse.code === 'broken_frame';
  const mayHelp = refuse.retry || (state.isEnrolled && !isEnrolled);
  const waiting = backOff({ ...state, isEnrolled, sendsSingly }, mayHelp ? BACKOFF : REFUSED_BACKOFF, timing);
  return { state: waiting, effects: [{ do: 'handle', message: refuse }, { do: 'close' }] };
}

function backOff(state: UplinkState, rules: BackoffRules, timing: UplinkTiming): UplinkState {
  const failures = state.failures + 1;
  const deadlineMs = timing.nowMs + backoffMs(rules, failures, timing.random);
  return { ...state, phase: 'waiting', failures, deadlineMs };
}
