/** Asks which instances stay after the run: by words as on the command line, or by ticking them; each shows the other. */
import { useState } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { RunSummary } from '../../../src/api/schemas.ts';
import { Dialog } from '../components/dialog.tsx';
import { live } from '../live-feed.ts';
import { request } from '../request.ts';
import { chosenNumbers, selectionText } from './keep-selection.ts';

export interface KeepDialogProps {
  readonly run: RunSummary;
  onClose(): void;
}

/** States of which nothing can stay. */
const GONE: ReadonlySet<string> = new Set(['terminating', 'terminated', 'failed']);

export function KeepDialog({ run, onClose }: KeepDialogProps) {
  const [selection, setSelection] = useState('none');
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
          <code>all</code>, <code>none</code>, or numbers of the run as in <code>1,3,5-7</code>
        </span>
        <input required value={selection} onInput={({ currentTarget }) => setSelection(currentTarget.value)} />
      </label>
      <Ticks run={run.id} selection={selection} onSelection={setSelection} />
    </Dialog>
  );
}

interface TicksProps {
  readonly run: string;
  readonly selection: string;
  onSelection(text: string): void;
}

function Ticks({ run, selection, onSelection }: TicksProps) {
  const { overview } = live.value;
  const rows = overview?.run === run ? [...overview.rows.values()].filter(({ state }) => !GONE.has(state)) : [];
  if (rows.length === 0) return null;
  const known = rows.map(({ index }) => index);
  const chosen = chosenNumbers(selection, known);
  const tick = (index: number, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(index);
    else next.delete(index);
    onSelection(selectionText(next, known));
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
