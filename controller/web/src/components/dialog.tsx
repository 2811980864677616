/**
 * Asks before something is done: says what will happen, carries it out, and shows what was answered. The browser keeps the focus inside, lets
 * Escape close it, and gives the focus back to what opened it: therefore it is always closed, never only taken away.
 */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf, RequestError } from '../request.ts';
import { Notice } from './notice.tsx';

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** On the button that does it, a verb: `Stop the run`. */
  readonly verb: string;
  readonly isDangerous?: boolean;
  /** Something has to be done in it before it can be carried out. */
  readonly isReady?: boolean;
  /** Carries it out; the dialog closes when it resolves, and shows why when it rejects. */
  onConfirm(): Promise<void>;
  onClose(): void;
}

export function Dialog({
  title,
  children,
  verb,
  isDangerous = false,
  isReady = true,
  onConfirm,
  onClose,
}: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<unknown>(null);
  useEffect(() => element.current?.showModal(), []);
  const close = () => element.current?.close();
  const confirm = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(null);
    try {
      await onConfirm();
      close();
    } catch (error) {
      setTrouble(error);
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} onClose={onClose} aria-label={title}>
      <form onSubmit={confirm}>
        <h2>{title}</h2>
        {children}
        {trouble === null ? null : <Refusal error={trouble} />}
        <div class="dialog-buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'} disabled={isBusy || !isReady}>
            {isBusy ? 'Working ...' : verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Every problem of a configuration at once. */
export function Refusal({ error }: { readonly error: unknown }) {
  const problems = error instanceof RequestError ? error.problems : [];
  return (
    <Notice tone="error">
      {messageOf(error)}
      {problems.length === 0 ? null : (
        <ul>
          {problems.map(({ field, reason }) => (
            <li key={`${field} ${reason}`}>
              <code>{field}</code>: {reason}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
