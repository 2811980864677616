// shutdown(8), halt(8), telinit(8): what their arguments ask for. Pure.

/** What to do with the power of the instance. */
export type PowerPlan =
  | { readonly kind: 'poweroff' | 'reboot'; readonly delayMs: number }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wrong'; readonly why: string };

/** `shutdown` without a time means in a minute. */
const DEFAULT_DELAY_MS = 60_000;
const DAY_MS = 86_400_000;

/** Reads a power command. `now` is local time of day in ms, for `shutdown hh:mm`. */
export function planPower(command: string, args: readonly string[], timeOfDayMs: number): PowerPlan {
  switch (command) {
    case 'shutdown':
      return planShutdown(args, timeOfDayMs);
    case 'poweroff':
    case 'halt':
      return { kind: args.includes('--reboot') ? 'reboot' : 'poweroff', delayMs: 0 };
    case 'reboot':
      return {
        kind: args.some((arg) => ['-p', '--poweroff', '--halt'].includes(arg)) ? 'poweroff' : 'reboot',
        delayMs: 0,
      };
    case 'init':
    case 'telinit':
      return planRunLevel(args[0]);
    default:
      return { kind: 'wrong', why: `${command}: not a power command` };
  }
}

function planRunLevel(level: string | undefined): PowerPlan {
  if (level === '0') return { kind: 'poweroff', delayMs: 0 };
  if (level === '6') return { kind: 'reboot', delayMs: 0 };
  if (level !== undefined && /^[1-5sSqQuU]$/.test(level)) return { kind: 'nothing' };
  return { kind: 'wrong', why: 'Required argument missing or not a run level.' };
}

function planShutdown(args: readonly string[], timeOfDayMs: number): PowerPlan {
  const letters = args.filter((arg) => /^-[a-zA-Z]+$/.test(arg)).join('');
  if (letters.includes('c')) return { kind: 'cancel' };
  if (letters.includes('k')) return { kind: 'nothing' };
  const when = args.find((arg) => !arg.startsWith('-'));
  const delayMs = when === undefined ? DEFAULT_DELAY_MS : parseWhen(when, timeOfDayMs);
  if (delayMs === undefined) return { kind: 'wrong', why: `Failed to parse time specification: ${when}` };
  const isReboot = letters.includes('r') || args.includes('--reboot');
  return { kind: isReboot ? 'reboot' : 'poweroff', delayMs };
}

function parseWhen(when: string, timeOfDayMs: number): number | undefined {
  if (when === 'now') return 0;
  const minutes = /^\+(\d{1,6})$/.exec(when);
  if (minutes !== null) return Number(minutes[1]) * 60_000;
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(when);
  if (clock === null) return undefined;
  const at = (Number(clock[1]) * 60 + Number(clock[2])) * 60_000;
  return (at - timeOfDayMs + DAY_MS) % DAY_MS;
}
