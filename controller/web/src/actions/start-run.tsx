/** Starts a run from the text of a configuration, the same that `run --config` takes. */
import { useMemo, useState } from 'preact/hooks';
import type { Static } from 'typebox';
import type { StartRunReply } from '../../../src/api/live-schemas.ts';
import { Dialog } from '../components/dialog.tsx';
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
  const start = async () => {
    const body = { format: 'yaml', configuration, request_id: requestId };
    const { run } = await request<Static<typeof StartRunReply>>('/api/v1/runs', { method: 'POST', body });
    go({ page: 'run', run, filter: NO_FILTER });
  };
  return (
    <Dialog title="Start a run?" verb="Launch the instances" onConfirm={start} onClose={onClose}>
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
          onInput={({ currentTarget }) => setConfiguration(currentTarget.value)}
        />
      </label>
    </Dialog>
  );
}
