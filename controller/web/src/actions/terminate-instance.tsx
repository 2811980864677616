/** Ends one instance of a run before the others. */
import { useState } from 'preact/hooks';
import { Dialog } from '../components/dialog.tsx';
import { request } from '../request.ts';

export interface TerminateProps {
  readonly run: string;
  readonly instance: string;
  readonly name: string;
}

export function TerminateButton({ run, instance, name }: TerminateProps) {
  const [isOpen, setOpen] = useState(false);
  const terminate = async () => {
    await request(`/api/v1/runs/${run}/instances/${instance}/terminate`, { method: 'POST', body: {} });
  };
  return (
    <>
      <button type="button" class="danger" onClick={() => setOpen(true)}>
        Terminate ...
      </button>
      {isOpen ? (
        <Dialog
          title={`Terminate ${name}?`}
          verb="Terminate the instance"
          isDangerous
          onConfirm={terminate}
          onClose={() => setOpen(false)}
        >
          <p>
            <code>{instance}</code> is ended now, for good; the rest of the run goes on. Its samples stay.
          </p>
        </Dialog>
      ) : null}
    </>
  );
}
