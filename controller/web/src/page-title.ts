/** What the browser's tab says (pure). */
import type { Overview } from './live-state.ts';
import type { View } from './view.ts';

const PRODUCT = 'ptp-tester';

/** `c7i.large-2, run 20261120-231757-k3f9 - ptp-tester`. */
export function pageTitle(view: View, overview: Overview | null): string {
  return `${placeOf(view, overview)} - ${PRODUCT}`;
}

function placeOf(view: View, overview: Overview | null): string {
  switch (view.page) {
    case 'runs':
      return 'Runs';
    case 'run':
      return `Run ${view.run}`;
    case 'instance': {
      const rows = overview?.run === view.run ? [...overview.rows.values()] : [];
      const row = rows.find(({ instance_id: id }) => id === view.instance);
      return `${row?.name ?? view.instance}, run ${view.run}`;
    }
    case 'compare':
      return 'Compare';
    case 'unknown':
      return 'No such page';
  }
}
