/** The timer that the agent's loops are given, so that tests can move time by hand. */

export type CancelTimer = () => void;

/** Calls back once after `delayMs`, not earlier than the event loop's next turn. */
export type SetTimer = (delayMs: number, callback: () => void) => CancelTimer;

export const setNodeTimer: SetTimer = (delayMs, callback) => {
  const handle = setTimeout(callback, delayMs);
  return () => clearTimeout(handle);
};
