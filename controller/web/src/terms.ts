/** The words that a newcomer must know, each in a sentence or two. */
import { P99_NEEDS } from './p99-text.ts';

interface TermText {
  readonly word: string;
  readonly meaning: string;
}

export const TERMS = {
  offset: {
    word: 'Offset',
    meaning:
      "System clock minus PHC; positive = the system clock is ahead. It is what is left after chrony's control, not accuracy to UTC: for that look at the error bound.",
  },
  phc: { word: 'PHC', meaning: 'PTP hardware clock: the clock in the ENA network device, disciplined by AWS.' },
  p99: {
    word: '|offset| p99',
    meaning: `99 of 100 samples of the last 10 minutes (at slow cadences of the last 1,000) were closer to the PHC than this, by absolute value. It ${P99_NEEDS}, as in the report: about 4 minutes at the default cadence.`,
  },
  max: { word: 'largest |offset|', meaning: 'The largest absolute offset of the last 10 minutes.' },
  bound: {
    word: 'Error bound',
    meaning:
      'True UTC lies within plus or minus this: |system time| + root dispersion + root delay / 2 of chrony, plus the error bound of the PHC itself.',
  },
  lock: {
    word: 'Follows PHC',
    meaning: 'Whether chronyd has selected the PHC as its source. Otherwise the system clock coasts or follows NTP.',
  },
  witness: {
    word: 'Witness',
    meaning:
      'Amazon Time Sync over NTP, at 169.254.169.123. It is not followed while the PHC is: it shows whether the PHC has UTC, within the error bounds of both.',
  },
  falseticker: {
    word: 'Falseticker',
    meaning:
      'A source whose time disagrees with that of the others by more than its error allows; chronyd does not follow it.',
  },
  gaps: {
    word: 'Data lost',
    meaning:
      'How often an agent had to drop samples (its spool was full or broken), and ticks it could not measure in time.',
  },
  reads: {
    word: 'Reads failed',
    meaning:
      'PHC readings that failed, and how often the device refused to be read: it serves 125 readings a second at most.',
  },
  read_delay: {
    word: 'Read delay',
    meaning:
      'How long the best of the PHC readings of a sample took. The offset cannot be known better than about half of it.',
  },
  verdict: {
    word: 'Verdict',
    meaning:
      'What the criteria say of the samples: while the run goes on, of those until now; after its end, as in the report.',
  },
  instance_hours: {
    word: 'Instance-hours',
    meaning: 'The time that all instances of the run have been launched, summed up: what AWS bills.',
  },
  heat: {
    word: 'Over time',
    meaning:
      'One line for each instance, in the order of the table; each cell is the largest magnitude of a span of time. A vertical stripe hit many instances at once.',
  },
  capability: {
    word: 'Capability',
    meaning: 'Whether the instance has a PHC that can be read: supported, unsupported (proven), or not tested.',
  },
  setup: {
    word: 'Set-up',
    meaning:
      'Whether chronyd was brought to follow the PHC: locked, failed, rolled back, or not attempted (no PHC to follow, not wanted, or no agent).',
  },
  quality: { word: 'Quality', meaning: 'Whether the clock met the criteria: pass, fail, or not enough data.' },
  histogram: {
    word: 'Histogram',
    meaning: 'How often the offset had which value, of all samples after the start-up.',
  },
  mtie: {
    word: 'MTIE',
    meaning:
      'Maximum time interval error: by how much the offset moved at most within any span of length tau. Dashed: the limit of a criterion, or a telecom mask to compare with.',
  },
  tdev: {
    word: 'TDEV',
    meaning:
      'Time deviation: how noisy the offset is when it is averaged over tau. Falling: averaging helps; rising: it wanders. Bars: 95 % confidence.',
  },
  frequency: {
    word: 'Frequency',
    meaning:
      'By how much the clock of the machine would run fast without correction, in parts per billion; 1 ppb = 1 ns each second.',
  },
} as const satisfies Record<string, TermText>;

export type TermName = keyof typeof TERMS;
