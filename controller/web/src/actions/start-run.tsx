/** Starts a run from the text of a configuration, the same that `run --config` takes. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { CheckedRun, StartRunReply } from '../../../src/api/live-schemas.ts';
import { formatDuration } from '../../../src/report/format-quantity.ts';
import { Dialog, Refusal } from '../components/dialog.tsx';
import { Notice } from '../components/notice.tsx';
import { request } from '../request.ts';
import { go } from '../route.ts';
import { NO_FILTER } from '../view.ts';

const EXAMPLE = `instance_types:
  - type: c7i.large
    quantity: 2
subnet_id: subnet-0123456789abcdef0
soak:
  duration: 1h
cleanup:
  keep: none
`;

/** 128 random bits; `randomUUID` is not there on plain HTTP. */
function makeRequestId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function StartRunButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        Start a run ...
      </button>
      {isOpen ? <StartRunDialog onClose={() => setOpen(false)} /> : null}
    </>
  );
}

function StartRunDialog({ onClose }: { readonly onClose: () => void }) {
  const [configuration, setConfiguration] = useState(EXAMPLE);
  // The same text asked for again is the same run: when an answer is lost, trying again launches nothing twice.
  const requestId = useMemo(makeRequestId, [configuration]);
  const { answer, check, forget } = useCheck(configuration);
  const start = async () => {
    const body = { format: 'yaml', configuration, request_id: requestId };
    const { run } = await request<Static<typeof StartRunReply>>('/api/v1/runs', { method: 'POST', body });
    go({ page: 'run', run, filter: NO_FILTER });
  };
  const change = (next: string) => {
    setConfiguration(next);
    forget();
  };
  const isReady = answer?.kind === 'checked';
  return (
    <Dialog title="Start a run?" verb="Launch the instances" {...{ isReady, onClose }} onConfirm={start}>
      <p>
        This launches EC2 instances in the controller's AWS account, which cost money until the run ends. The text is
        the same as a file for <code>ptp-tester run --config</code>; what is left out has its default.
      </p>
      <label>
        Configuration (YAML)
        <textarea
          rows={14}
          spellcheck={false}
          required
          value={configuration}
          onInput={({ currentTarget }) => change(currentTarget.value)}
        />
      </label>
      <div class="check-row">
        <button type="button" onClick={check}>
          {answer?.kind === 'asking' ? 'Checking ...' : 'Check'}
        </button>
        <span class="soft small">
          Before anything is launched: asks EC2 too, shows what it would be, and launches nothing.
        </span>
      </div>
      {answer?.kind === 'checked' ? <Plan checked={answer.checked} /> : null}
      {answer?.kind === 'refused' ? <Refusal error={answer.error} /> : null}
    </Dialog>
  );
}

type Answer =
  | { readonly kind: 'asking' }
  | { readonly kind: 'checked'; readonly checked: CheckedRun }
  | { readonly kind: 'refused'; readonly error: unknown };

/** What the controller says of a text, until there is another text. */
function useCheck(configuration: string) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const asked = useRef<AbortController | null>(null);
  const forget = () => {
    asked.current?.abort();
    setAnswer(null);
  };
  const check = async () => {
    asked.current?.abort();
    const abort = new AbortController();
    asked.current = abort;
    setAnswer({ kind: 'asking' });
    try {
      const options = { method: 'POST', body: { format: 'yaml', configuration }, signal: abort.signal } as const;
      const checked = await request<CheckedRun>('/api/v1/runs/check', options);
      if (!abort.signal.aborted) setAnswer({ kind: 'checked', checked });
    } catch (error) {
      if (!abort.signal.aborted) setAnswer({ kind: 'refused', error });
    }
  };
  return { answer, check, forget };
}

function Plan({ checked }: { readonly checked: CheckedRun }) {
  const { instance_types: types, region, soak_seconds: seconds, instance_hours: hours, keep, warnings } = checked;
  const what = types.map(({ type, quantity }) => `${quantity} x ${type}`).join(', ');
  return (
    <Notice tone={warnings.length === 0 ? 'info' : 'warning'}>
      <strong>
        {what} in {region} for {formatDuration(seconds)}
      </strong>
      : {hours.soak.toFixed(2)} instance-hours for the soak, {hours.at_most.toFixed(2)} at most. Stays afterwards:{' '}
      {keep === 'ask' ? 'asked then' : keep}.
      {warnings.length === 0 ? null : (
        <ul>
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
