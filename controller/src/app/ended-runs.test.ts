import { expect, it } from 'vitest';
import { LiveFigures } from '../live/live-figures.ts';
import { packFigures, TRACKED, type TrackedFigures } from '../live/tracked-figures.ts';
import { LiveAgents } from '../runs/live-agents.ts';
import { EndedRuns } from './ended-runs.ts';

const FIGURES = Object.fromEntries(TRACKED.map((name) => [name, 1])) as unknown as TrackedFigures;

it('of runs that ended, those used last stay in memory, however many there are', () => {
  const [live, figures] = [new LiveAgents(), new LiveFigures()];
  const ended = new EndedRuns({
    forget: (run) => {
      live.forgetRun(run);
      figures.forget(run);
    },
  });
  const runs = Array.from({ length: 100 }, (_, place) => `20261120-231757-r${String(place).padStart(3, '0')}`);
  const instanceOf = (run: string) => `i-${run}`;
  for (const run of runs) {
    live.update(instanceOf(run), { run, connected: false });
    const values = new Float64Array(TRACKED.length);
    packFigures(FIGURES, { values, row: 0 });
    figures.takeRows({ run, instanceIds: [instanceOf(run)], values });
    ended.use(run);
    // Somebody looks at the first one all the time.
    ended.use(runs[0] ?? '');
  }
  const held = (run: string) => [live.get(instanceOf(run)) !== null, figures.get(run, instanceOf(run), 0) !== null];
  const kept = [runs[0] ?? '', ...runs.slice(-19)];
  for (const run of runs) expect(held(run), run).toEqual([kept.includes(run), kept.includes(run)]);
});
