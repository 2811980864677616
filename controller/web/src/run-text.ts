/** What a run is and how far it got, in words (pure). */
import type { RunSummary } from '../../src/api/schemas.ts';
import type { Tone } from './trouble.ts';

interface Word {
  readonly word: string;
  readonly tone: Tone | 'info';
  readonly meaning: string;
}

const STATES: Readonly<Record<RunSummary['state'], Word>> = {
  created: { word: 'preparing', tone: 'info', meaning: 'Security group and placement group are being made.' },
  launching: { word: 'launching', tone: 'info', meaning: 'Instances are being launched and set up.' },
  soaking: { word: 'soaking', tone: 'good', meaning: 'Its instances measure, until the soak ends.' },
  finishing: { word: 'finishing', tone: 'info', meaning: 'The agents deliver what they still hold.' },
  keeping: {
    word: 'keeping',
    tone: 'warning',
    meaning: 'Waits for, or carries out, the decision which instances stay.',
  },
  terminating: { word: 'terminating', tone: 'info', meaning: 'The instances are being terminated.' },
  ended: { word: 'ended', tone: 'unknown', meaning: 'Everything is over.' },
};

const OUTCOMES: Readonly<Record<NonNullable<RunSummary['outcome']>, Word>> = {
  completed: { word: 'completed', tone: 'good', meaning: 'It ran to its end and met its criteria.' },
  quality_failed: { word: 'quality failed', tone: 'error', meaning: 'It ran, and a clock did not meet the criteria.' },
  could_not_complete: { word: 'not completed', tone: 'error', meaning: 'It could not be carried out as asked.' },
  left_behind: { word: 'left behind', tone: 'error', meaning: 'It ended, and something of it may still cost money.' },
};

const QUALITY: Readonly<Record<'pass' | 'fail' | 'not_enough_data', Word>> = {
  pass: { word: 'pass', tone: 'good', meaning: 'All instances meet the criteria.' },
  fail: { word: 'fail', tone: 'error', meaning: 'At least one instance does not meet the criteria.' },
  not_enough_data: { word: 'not enough data', tone: 'unknown', meaning: 'Too little was measured to judge.' },
};

export function stateWord({ state, outcome, pause }: RunSummary): Word {
  if (outcome !== null) return OUTCOMES[outcome];
  if (pause === null) return STATES[state];
  return { word: `${STATES[state].word}, paused`, tone: 'error', meaning: pause.reason };
}

export function verdictWord(run: RunSummary): Word | null {
  const { verdict_so_far: verdict } = run;
  if (verdict === null) return null;
  const word = QUALITY[verdict.quality];
  const decided = decidedText(run);
  return decided === null
    ? word
    : { ...word, meaning: `All instances meet the criteria that could be decided: ${decided}.` };
}

/** `2 fail, 1 pass`; what there is none of is left out. */
export function verdictCounts({ verdict_so_far: verdict }: RunSummary): string {
  if (verdict === null) return '';
  const { fail, not_enough_data: open, pass } = verdict;
  const parts = [
    [fail, 'fail'],
    [open, 'undecided'],
    [pass, 'pass'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');
}

/** `10 of 19 criteria decided`, of the instance that has the fewest; null: it is no pass, or all are decided. */
export function decidedText({ verdict_so_far: verdict }: RunSummary): string | null {
  const rests = verdict?.quality === 'pass' ? verdict.pass_rests_on : null;
  return rests === null || rests.decided === rests.total ? null : `${rests.decided} of ${rests.total} criteria decided`;
}

/** `3 x c7i.large, 2 x m7g.large`. */
export function typesText({ instance_types: types }: RunSummary): string {
  return types.map(({ type, quantity }) => `${quantity} x ${type}`).join(', ');
}

export interface Progress {
  /** 0..1; null while the end is not known. */
  readonly share: number | null;
  readonly leftS: number | null;
}

/** `nowMs`: the controller's clock. */
export function progressOf({ soak_started_at: startedAt, soak_ends_at: endsAt }: RunSummary, nowMs: number): Progress {
  if (startedAt === null || endsAt === null) return { share: null, leftS: null };
  const from = Date.parse(startedAt);
  const to = Date.parse(endsAt);
  const share = to <= from ? 1 : (nowMs - from) / (to - from);
  return { share: Math.min(1, Math.max(0, share)), leftS: Math.max(0, (to - nowMs) / 1000) };
}
