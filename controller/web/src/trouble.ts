/** What is wrong with an instance, in the order in which somebody should look (pure). */
import type { InstanceFigures } from '../../src/api/live-schemas.ts';

export type Tone = 'error' | 'warning' | 'unknown' | 'good';

export interface Trouble {
  readonly tone: Tone;
  /** A few words for the table. */
  readonly word: string;
  /** A sentence. */
  readonly reason: string;
}

const WEIGHT: Readonly<Record<Tone, number>> = { error: 3, warning: 2, unknown: 1, good: 0 };
/** States in which an agent should be connected. */
const WORKING: ReadonlySet<string> = new Set(['enrolled', 'measuring', 'finished', 'keeping']);
/** Of an instance that stayed. */
export const KEPT = 'It stayed after the run, and costs until you end it.';
const BEFORE_DATA: ReadonlySet<string> = new Set(['planned', 'launching', 'running', 'enrolled']);

type Rule = (figures: InstanceFigures) => Trouble | null;

const RULES: readonly Rule[] = [
  ({ failure }) =>
    failure === null ? null : { tone: 'error', word: failure.kind.replaceAll('_', ' '), reason: failure.message },
  ({ setup }) => {
    if (setup === 'failed')
      return { tone: 'error', word: 'setup failed', reason: 'The clock could not be set up; see the diagnostics.' };
    if (setup !== 'rolled_back') return null;
    return { tone: 'error', word: 'rolled back', reason: 'The set-up did not hold, and what was changed was undone.' };
  },
  ({ state, connected }) =>
    connected || !WORKING.has(state)
      ? null
      : {
          tone: 'error',
          word: 'silent',
          reason: 'The agent is not connected. It keeps its samples and delivers them when it is back.',
        },
  ({ events_error: errors }) =>
    errors === 0
      ? null
      : {
          tone: 'error',
          word: `${errors} error${errors === 1 ? '' : 's'}`,
          reason: 'Error events: see the list of events.',
        },
  ({ quality, failing_criteria: failing }) =>
    quality === 'fail'
      ? { tone: 'error', word: 'fails', reason: `The interim judgement finds broken: ${failing.join(', ')}.` }
      : null,
  ({ capability }) =>
    capability === 'unsupported'
      ? { tone: 'warning', word: 'no PHC', reason: 'This instance has positively no PTP hardware clock.' }
      : null,
  ({ phc_selected: selected, state }) =>
    selected === false && state === 'measuring'
      ? {
          tone: 'warning',
          word: 'not on PHC',
          reason: 'chronyd does not follow the PHC now: the system clock coasts or follows another source.',
        }
      : null,
  ({ gaps }) =>
    gaps === 0
      ? null
      : { tone: 'warning', word: 'data lost', reason: 'The agent had to drop samples: its spool was full or broken.' },
  ({ events_warning: warnings }) =>
    warnings === 0
      ? null
      : {
          tone: 'warning',
          word: `${warnings} warning${warnings === 1 ? '' : 's'}`,
          reason: 'Warning events: see the list of events.',
        },
  ({ state }) => (BEFORE_DATA.has(state) ? { tone: 'unknown', word: state, reason: 'No samples yet.' } : null),
  ({ offset_last_ns: offset, state }) =>
    offset === null && state === 'measuring'
      ? { tone: 'unknown', word: 'no offset', reason: 'It measures, but no PHC offset has arrived.' }
      : null,
  ({ state }) => (state === 'kept' ? { tone: 'good', word: 'kept', reason: KEPT } : null),
];

/** The gravest first; `good` when nothing speaks against it. */
export function troubleOf(figures: InstanceFigures): Trouble {
  for (const rule of RULES) {
    const trouble = rule(figures);
    if (trouble !== null) return trouble;
  }
  return { tone: 'good', word: figures.state, reason: 'Nothing is wrong as far as is known.' };
}

/** Larger is worse: first the tone, then the offset. */
export function badness(figures: InstanceFigures): number {
  const offset = figures.offset_p99_abs_ns ?? figures.offset_max_abs_ns ?? Math.abs(figures.offset_last_ns ?? 0);
  return WEIGHT[troubleOf(figures).tone] * 1e12 + Math.min(offset, 9e11);
}
