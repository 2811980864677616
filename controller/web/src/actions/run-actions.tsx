/** What can be done with a run from here: extend, keep, stop. Each asks first and says what it costs. */
import type { FunctionComponent } from 'preact';
import { useState } from 'preact/hooks';
import type { RunSummary } from '../../../src/api/schemas.ts';
import { Dialog } from '../components/dialog.tsx';
import { Instant } from '../components/instant.tsx';
import { Menu } from '../components/menu.tsx';
import { request } from '../request.ts';
import { KeepDialog } from './keep-dialog.tsx';

type Action = 'extend' | 'keep' | 'stop';

interface ActionProps {
  readonly run: RunSummary;
  /** Instance ids. */
  readonly ticked: ReadonlySet<string>;
  onClose(): void;
}

const DIALOGS: Readonly<Record<Action, FunctionComponent<ActionProps>>> = {
  extend: ExtendDialog,
  keep: KeepDialog,
  stop: StopDialog,
};

export function RunActions({ run, ticked }: Omit<ActionProps, 'onClose'>) {
  const [open, setOpen] = useState<Action | null>(null);
  const close = () => setOpen(null);
  const Shown = open === null ? null : DIALOGS[open];
  const isOver = run.state === 'ended' || run.state === 'terminating';
  return (
    <div class="actions">
      <Report run={run} />
      {run.state === 'soaking' || run.state === 'launching' ? (
        <button type="button" onClick={() => setOpen('extend')}>
          Extend ...
        </button>
      ) : null}
      {run.state === 'keeping' ? (
        <button type="button" class="primary" onClick={() => setOpen('keep')}>
          Keep instances ...
        </button>
      ) : null}
      {isOver ? null : (
        <button type="button" class="danger" onClick={() => setOpen('stop')}>
          Stop ...
        </button>
      )}
      {Shown === null ? null : <Shown {...{ run, ticked }} onClose={close} />}
    </div>
  );
}

const DOWNLOADS = [
  ['markdown', 'md', 'Markdown, to paste or to mail'],
  ['json', 'json', 'JSON, everything'],
  ['csv', 'csv', 'CSV, a line for each instance'],
  ['junit', 'junit.xml', 'JUnit XML, for CI'],
] as const;

function Report({ run }: { readonly run: RunSummary }) {
  const address = (format: string) => `/api/v1/runs/${run.id}/report?format=${format}`;
  return (
    <>
      <a class="button" href={address('html')} target="_blank" rel="noreferrer">
        {run.state === 'ended' ? 'Report' : 'Report as of now'}
      </a>
      <Menu name="Download">
        {DOWNLOADS.map(([format, ending, words]) => (
          <li key={format}>
            <a href={address(format)} download={`report-${run.id}.${ending}`}>
              {words}
            </a>
          </li>
        ))}
      </Menu>
    </>
  );
}

function StopDialog({ run, onClose }: ActionProps) {
  const [reason, setReason] = useState('');
  const stop = async () => {
    const body = reason.trim() === '' ? {} : { reason: reason.trim() };
    await request(`/api/v1/runs/${run.id}/stop`, { method: 'POST', body });
  };
  return (
    <Dialog title="Stop this run?" verb="Stop the run" isDangerous onConfirm={stop} onClose={onClose}>
      <p>
        The agents deliver what they hold, then all {run.instances_total} instances are terminated and the report is
        written. What was measured stays. This cannot be undone.
      </p>
      <label>
        Reason, for the report (may be empty)
        <input maxLength={200} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
    </Dialog>
  );
}

function ExtendDialog({ run, onClose }: ActionProps) {
  const [duration, setDuration] = useState('1d');
  const extend = async () => {
    await request(`/api/v1/runs/${run.id}/extend`, { method: 'POST', body: { duration } });
  };
  return (
    <Dialog title="Extend this run?" verb="Extend the run" onConfirm={extend} onClose={onClose}>
      <p>
        All {run.instances_total} instances go on measuring, and cost, for so much longer.{' '}
        {run.soak_ends_at === null ? null : (
          <>
            It ends at <Instant at={run.soak_ends_at} /> now.
          </>
        )}
      </p>
      <label>
        <span>
          How much longer, for example <code>90m</code>, <code>12h</code>, <code>2d</code>
        </span>
        <input
          required
          pattern="[0-9]+(\.[0-9]+)?\s*[a-z]+"
          value={duration}
          onInput={({ currentTarget }) => setDuration(currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}
