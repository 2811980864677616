/** Small coloured words: a state, a verdict, and the tag that nobody may overlook. The word always says it too, not the colour alone. */
import type { ComponentChildren } from 'preact';
import type { Tone } from '../trouble.ts';

export interface BadgeProps {
  readonly tone: Tone | 'info';
  readonly children: ComponentChildren;
  readonly title?: string | undefined;
}

export function Badge({ tone, children, title }: BadgeProps) {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  );
}

export function SimulatedTag() {
  return (
    <strong class="simulated-tag" title="The PHC is a simulated one: these numbers say nothing about hardware.">
      SIMULATED
    </strong>
  );
}
