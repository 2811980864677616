/** What chronyd's configuration says about PHC reference clocks, and how often it will read them (chrony.conf(5) "refclock"). Pure. */

import { chronyReadsPerS } from '@ptp-tester/measurement';

const DEFAULT_POLL = 4;
const DEFAULT_DPOLL = 0;

export interface PhcRefclock {
  /** As written, without the driver's options behind a colon: `/dev/ptp_ena`. */
  readonly device: string;
  /** The reference ID as text, four characters at most: what `chronyc sources` shows. */
  readonly refid: string;
  /** log2 seconds between driver polls, after chronyd lowered it to `poll`. */
  readonly dpoll: number;
  readonly poll: number;
  /** PHC readings per second: 25 / 2^dpoll. */
  readonly readsPerSecond: number;
}

/** The `refclock PHC` lines of a configuration text (its includes already in place). Lines chronyd would refuse are not reported. */
export function parsePhcRefclocks(text: string): PhcRefclock[] {
  const refclocks: PhcRefclock[] = [];
  let index = 0;
  for (const line of text.split('\n')) {
    const [directive = '', driver = '', device = '', ...options] = wordsOf(line);
    if (directive.toLowerCase() !== 'refclock') continue;
    // The default reference ID numbers all reference clocks, whatever their driver (refclock.c, RCL_AddRefclock).
    const defaultRefid = `${driver.slice(0, 3)}${index % 10}`;
    index += 1;
    if (driver === 'PHC' && device !== '') refclocks.push(phcRefclock({ device, options, defaultRefid }));
  }
  return refclocks;
}

function phcRefclock(parts: { device: string; options: readonly string[]; defaultRefid: string }): PhcRefclock {
  const poll = integerOption(parts.options, 'poll') ?? DEFAULT_POLL;
  const dpoll = Math.min(integerOption(parts.options, 'dpoll') ?? DEFAULT_DPOLL, poll);
  return {
    device: parts.device.split(':', 1)[0] ?? parts.device,
    refid: optionOf(parts.options, 'refid')?.slice(0, 4) ?? parts.defaultRefid,
    dpoll,
    poll,
    readsPerSecond: chronyReadsPerS(dpoll),
  };
}

function optionOf(options: readonly string[], name: string): string | undefined {
  const at = options.findIndex((option) => option.toLowerCase() === name);
  return at === -1 ? undefined : options[at + 1];
}

function integerOption(options: readonly string[], name: string): number | undefined {
  const text = optionOf(options, name);
  return text !== undefined && /^-?\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** The words of a line; a line that begins with one of chrony's comment characters has none (conf.c, CPS_NormalizeLine). */
function wordsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === '' || '#%;!'.includes(trimmed.charAt(0)) ? [] : trimmed.split(/\s+/);
}
