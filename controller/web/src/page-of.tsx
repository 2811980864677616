/** Which page a view is drawn by. Those with charts are loaded when they are first wanted: charts are most of the page's weight. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
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
    case 'instance':
      return <Later key="instance" load={loadInstancePage} props={{ view }} name={`${view.run} ${view.instance}`} />;
    case 'compare':
      return <Later key="compare" load={loadComparePage} props={{ view }} name="compare" />;
    case 'unknown':
      return (
        <>
          <h1>No such page</h1>
          <Notice tone="warning">
            There is no page at <code>{view.path}</code>. <Link to={{ page: 'runs' }}>All runs</Link>
          </Notice>
        </>
      );
  }
}

const loadInstancePage = async () => (await import('./pages/instance-page.tsx')).InstancePage;
const loadComparePage = async () => (await import('./pages/compare-page.tsx')).ComparePage;

interface LaterProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
  /** Another name is another page: nothing of the one before is kept. */
  readonly name: string;
}

/** Keyed by its page where it is used: the page before must never be drawn with the view of the next. */
function Later<Props extends object>({ load, props, name }: LaterProps<Props>) {
  const [loaded, setLoaded] = useState<{ readonly Page: ComponentType<Props> } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (Page) => isWanted && setLoaded({ Page }),
      () => isWanted && setFailed(true),
    );
    return () => {
      isWanted = false;
    };
  }, [load]);
  if (failed) return <Notice tone="error">A part of the page could not be loaded. Load it again.</Notice>;
  if (loaded === null) return <p class="soft">Loading ...</p>;
  const { Page } = loaded;
  return <Page key={name} {...props} />;
}
