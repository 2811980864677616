/** A button that opens a short list of links below it. Escape, a choice, or leaving it closes it. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

export interface MenuProps {
  readonly name: string;
  readonly children: ComponentChildren;
}

export function Menu({ name, children }: MenuProps) {
  const element = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (element.current !== null) element.current.open = false;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    close();
    element.current?.querySelector('summary')?.focus();
  };
  const onFocusOut = ({ relatedTarget }: FocusEvent) => {
    if (!(relatedTarget instanceof Node) || element.current?.contains(relatedTarget) !== true) close();
  };
  return (
    <details class="menu" ref={element} onKeyDown={onKeyDown} onFocusOut={onFocusOut}>
      <summary class="button">{name}</summary>
      <ul class="card">{children}</ul>
    </details>
  );
}
