/** Light or dark: as the system says, unless the user chose. The choice is kept; nothing else is. */
import { computed, effect, signal } from '@preact/signals';
import { DARK, LIGHT } from '../../src/charts/palette.ts';

type Theme = 'light' | 'dark';

const KEY = 'theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(system.matches);
const chosen = signal<Theme | null>(readChoice());

export const theme = computed<Theme>(() => chosen.value ?? (systemIsDark.value ? 'dark' : 'light'));
/** The colours of charts. */
export const palette = computed(() => (theme.value === 'dark' ? DARK : LIGHT));

export function startTheme(): void {
  system.addEventListener('change', ({ matches }) => {
    systemIsDark.value = matches;
  });
  effect(() => {
    document.documentElement.dataset['theme'] = theme.value;
  });
}

export function toggleTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(KEY, chosen.value);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is left.
  }
}

function readChoice(): Theme | null {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : null;
  } catch {
    // The same.
    return null;
  }
}
