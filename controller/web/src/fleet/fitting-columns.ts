/** Which columns of the fleet there is room for (pure). */
import type { FleetColumn } from './fleet-columns.tsx';

type Sized = Pick<FleetColumn, 'name' | 'width' | 'rank'>;

export interface ColumnsWanted {
  /** Pixels for all of them. */
  readonly room: number;
  /** Of the column by which the table is sorted: it stays, or nobody knew what the order means. */
  readonly sort: string;
}

/** So many stay however narrow it is, what is wrong and how far off; the table scrolls then. */
const FEWEST = 2;

/** In the order in which they stand; what goes is what matters least. */
export function fittingColumns<Column extends Sized>(columns: readonly Column[], wanted: ColumnsWanted): Column[] {
  const rankOf = ({ name, rank }: Sized) => (name === wanted.sort ? 0 : rank);
  const fitting = new Set<Column>();
  let used = 0;
  for (const column of columns.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    used += column.width;
    if (used > wanted.room && fitting.size >= FEWEST) break;
    fitting.add(column);
  }
  return columns.filter((column) => fitting.has(column));
}
