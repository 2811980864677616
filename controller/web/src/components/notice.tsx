/** A sentence that must be seen: trouble, or that there is nothing (yet). */
import type { ComponentChildren } from 'preact';

export interface NoticeProps {
  readonly tone: 'error' | 'warning' | 'info';
  readonly children: ComponentChildren;
}

export function Notice({ tone, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}
