/** The words of the report, each in a sentence, for its end. `docs/glossary.md` of ptp-tester has all of them (pure). */

export const REPORT_WORDS: readonly (readonly [word: string, meaning: string])[] = [
  ['PHC', 'the PTP hardware clock of the network card; on EC2 that of the ENA device, disciplined by AWS'],
  ['raw', 'CLOCK_MONOTONIC_RAW: counts from boot, never stepped or slewed'],
  ['offset', 'system clock minus PHC; positive = the system clock is ahead'],
  ['max abs, p99', 'of |offset|: the largest, and the value that 99 of 100 samples stay within'],
  ['rms, stddev', 'root mean square of the offset about 0; its scatter about its mean'],
  ['frequency', 'slope of the offset; positive = the system clock runs fast. 1 ppb = 1 ns per second'],
  ['read delay', 'how long a PHC reading took; the offset is right within half of it'],
  ['MTIE', 'by how much the offset moved at most within any span of length tau'],
  ['TDEV', 'how noisy the offset is when averaged over tau; falling: averaging helps, rising: it wanders'],
  ['clock error bound', 'true UTC lies within +- this, says chronyd; the only statement about UTC here'],
  ['start-up transient', 'before chronyd has settled on the PHC: shown, and not judged'],
  ['decided', 'a criterion that passed or failed; the others want data, or do not apply to this run'],
  ['missed', 'a tick that the agent could not measure in time'],
  ['lost', 'a sample that was dropped before it was delivered, for example from a full spool'],
  ['nacked', 'a sample in a record that the controller refused'],
  ['unaccounted', 'an expected tick that is neither stored nor explained; 0 when the books are complete'],
];

export const MORE_WORDS = 'docs/glossary.md of ptp-tester has all words, docs/judgement.md what is judged and why.';
