/** What can be asked of chronyd. Two implementations: its command port (`query-chronyd.ts`) and the chronyc program (`run-chronyc.ts`). */
import type { SourceData } from './sources.ts';
import type { SourceStats } from './sourcestats.ts';
import type { Tracking } from './tracking.ts';

/** Every report rejects with ChronyError only. */
export interface ChronyReports {
  /** How chronyd is asked, for people: `127.0.0.1:323` or `chronyc`. */
  readonly via: string;
  tracking(): Promise<Tracking>;
  sources(): Promise<readonly SourceData[]>;
  sourceStats(): Promise<readonly SourceStats[]>;
  close(): void;
}
