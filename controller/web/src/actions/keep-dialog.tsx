/**
 * Asks which instances stay after the run: by words as on the command line, or by ticking them; each shows the other. Those ticked in the
 * fleet are ticked here already.
 */
import { useState } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { RunSummary } from '../../../src/api/schemas.ts';
import { Dialog } from '../components/dialog.tsx';
import { live } from '../live-feed.ts';
import { request } from '../request.ts';
import { chosenNumbers, selectionText } from './keep-selection.ts';

export interface KeepDialogProps {
  readonly run: RunSummary;
  /** Instance ids ticked in the fleet: what one has just looked at. */
  readonly ticked: ReadonlySet<string>;
  onClose(): void;
}

/** States of which nothing can stay. */
const GONE: ReadonlySet<string> = new Set(['terminating', 'terminated', 'failed']);

export function KeepDialog({ run, ticked, onClose }: KeepDialogProps) {
  const rows = rowsThere(run.id);
  const [selection, setSelection] = useState(() => tickedText(rows, ticked));
  const keep = async () => {
    await request(`/api/v1/runs/${run.id}/keep`, { method: 'POST', body: { selection } });
  };
  return (
    <Dialog title="Which instances stay?" verb="Decide" onConfirm={keep} onClose={onClose}>
      <p>
        The measuring is over. Instances that stay go on costing until you end them yourself; nothing of this tool will.
        The others are terminated.
      </p>
      <label>
        <span>
          <code>all</code>, <code>none</code>, or numbers and names as in <code>1,5-7,c7i.large-2</code>
        </span>
        <input required value={selection} onInput={({ currentTarget }) => setSelection(currentTarget.value)} />
      </label>
      <Ticks rows={rows} selection={selection} onSelection={setSelection} />
    </Dialog>
  );
}

function rowsThere(run: string): readonly InstanceFigures[] {
  const { overview } = live.value;
  return overview?.run === run ? [...overview.rows.values()].filter(({ state }) => !GONE.has(state)) : [];
}

function tickedText(rows: readonly InstanceFigures[], ticked: ReadonlySet<string>): string {
  const chosen = rows.filter(({ instance_id: id }) => id !== null && ticked.has(id)).map(({ index }) => index);
  return selectionText(new Set(chosen), rows);
}

interface TicksProps {
  readonly rows: readonly InstanceFigures[];
  readonly selection: string;
  onSelection(text: string): void;
}

function Ticks({ rows, selection, onSelection }: TicksProps) {
  if (rows.length === 0) return null;
  const chosen = chosenNumbers(selection, rows);
  const tick = (index: number, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(index);
    else next.delete(index);
    onSelection(selectionText(next, rows));
  };
  return (
    <fieldset class="ticks">
      <legend class="sr-only">Instances that are there</legend>
      {rows.map((row) => (
        <Tick key={row.index} row={row} isChosen={chosen?.has(row.index) === true} onChange={tick} />
      ))}
    </fieldset>
  );
}

interface TickProps {
  readonly row: InstanceFigures;
  readonly isChosen: boolean;
  onChange(index: number, isChosen: boolean): void;
}

function Tick({ row: { index, name, instance_id: id }, isChosen, onChange }: TickProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={isChosen}
        onChange={({ currentTarget }) => onChange(index, currentTarget.checked)}
      />
      <span class="number">{index}</span> {name} <code class="soft">{id}</code>
    </label>
  );
}
