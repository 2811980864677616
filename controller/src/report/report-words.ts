/** The words of the report, each in a sentence, for its end. `docs/glossary.md` of ptp-tester has all of them (pure). */

export const REPORT_WORDS = {
  capability: 'whether the instance has a PHC that can be read: supported, unsupported (proven), or not tested',
  setup:
    'whether chronyd was brought to follow the PHC: locked, failed, rolled back, or not attempted (no PHC to follow, not wanted, or no agent)',
  quality: 'whether the clock met the criteria: pass, fail, or not enough data',
  decided: 'a criterion that passed or failed; the others want data, or do not apply to this run',
  PHC: 'the PTP hardware clock of the network card; on EC2 that of the ENA device, disciplined by AWS',
  'PHC selected': 'chronyd follows the PHC; otherwise the system clock coasts or follows another source',
  '169.254.169.123': 'Amazon Time Sync over NTP: not followed, a witness that the PHC shows UTC',
  reach: "which of the last eight polls of chronyd's source were answered: one bit each, 377 in octal = all",
  raw: 'CLOCK_MONOTONIC_RAW: counts from boot, never stepped or slewed',
  offset: 'system clock minus PHC; positive = the system clock is ahead',
  max: 'of |offset|: the largest',
  p99: 'of |offset|: the value that 99 of 100 samples stay within; of fewer than 1000 samples there is none',
  rms: 'root mean square of the offset about 0; stddev: its scatter about its mean',
  frequency: 'slope of the offset; positive = the system clock runs fast. 1 ppb = 1 ns per second',
  'read delay': 'how long a PHC reading took; the offset is right within half of it',
  'driver counters':
    'what the ENA driver counts of PHC reads: phc_cnt good ones, phc_exp answered too late, phc_skp refused, phc_err_* failed',
  MTIE: 'maximum time interval error: by how much the offset moved at most within any span of length tau',
  TDEV: 'time deviation: how noisy the offset is when averaged over tau; falling: averaging helps, rising: it wanders',
  tau: 'the length of time over which MTIE and TDEV look',
  mask: 'a limit that depends on tau, as telecom standards have them (PRTC-A and others)',
  'error bound':
    'true UTC lies within +- this, says chronyd; the only statement about UTC here. That of the PHC alone is part of it',
  'start-up': 'before chronyd has settled on the PHC: shown, and not judged',
  missed: 'a tick that the agent could not measure in time',
  lost: 'a sample that was dropped before it was delivered, for example from a full spool',
  nacked: 'a sample in a record that the controller refused',
  unaccounted: 'an expected tick that is neither stored nor explained; 0 when the books are complete',
} as const;

export type ReportWord = keyof typeof REPORT_WORDS;

export const MORE_WORDS = 'docs/glossary.md of ptp-tester has all words, docs/judgement.md what is judged and why.';
