/** The report of a run as of now, asked for when it is wanted: making it reads all samples. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Report } from '../../../src/report/report-schema.ts';
import { messageOf, request } from '../request.ts';

export interface ReportState {
  readonly report: Report | null;
  readonly isBusy: boolean;
  readonly trouble: string | null;
  /** Asks for it, again if it is there already. */
  compute(): void;
}

/** `isWanted`: without being asked. */
export function useReport(run: string, isWanted: boolean): ReportState {
  const [report, setReport] = useState<Report | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  const compute = useCallback(() => {
    setBusy(true);
    request<Report>(`/api/v1/runs/${run}/report`)
      .then((made) => {
        setReport(made);
        setTrouble(null);
      })
      .catch((error: unknown) => setTrouble(messageOf(error)))
      .finally(() => setBusy(false));
  }, [run]);
  useEffect(() => {
    if (isWanted) compute();
  }, [isWanted, compute]);
  return { report, isBusy, trouble, compute };
}
