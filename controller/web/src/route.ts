/** The address bar: which view is shown, and how to go to another one. The back button is the browser's own. */
import { signal } from '@preact/signals';
import { parseView, type View, viewAddress } from './view.ts';

export const view = signal<View>({ page: 'runs' });

export function startRouting(): void {
  const read = () => {
    view.value = parseView(location);
  };
  addEventListener('popstate', read);
  read();
}

/** `replace`: for what is not a step of its own, as each letter typed into a filter. */
export function go(next: View, { replace = false }: { readonly replace?: boolean } = {}): void {
  const address = viewAddress(next);
  if (replace) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  const isOtherPage = next.page !== view.value.page;
  view.value = next;
  if (isOtherPage) scrollTo(0, 0);
}
