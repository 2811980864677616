/** Which page a view is drawn by. */
import { Link } from './components/link.tsx';
import { Notice } from './components/notice.tsx';
import { RunPage } from './pages/run-page.tsx';
import { RunsPage } from './pages/runs-page.tsx';
import type { View } from './view.ts';

export function PageOf({ view }: { readonly view: View }) {
  switch (view.page) {
    case 'runs':
      return <RunsPage />;
    case 'run':
      return <RunPage key={view.run} view={view} />;
    default:
      return (
        <Notice tone="warning">
          There is no page at this address. <Link to={{ page: 'runs' }}>All runs</Link>
        </Notice>
      );
  }
}
