/** A link to another view: an ordinary link (new tab, copy), which a plain click follows without loading the page again. */
import type { ComponentChildren } from 'preact';
import { go } from '../route.ts';
import { type View, viewAddress } from '../view.ts';

export interface LinkProps {
  readonly to: View;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly title?: string;
  readonly current?: boolean;
}

export function Link({ to, children, current, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!isPlain || event.defaultPrevented) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={viewAddress(to)} onClick={follow} aria-current={current === true ? 'page' : undefined} {...rest}>
      {children}
    </a>
  );
}
