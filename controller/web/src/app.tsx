/** The frame of every page: heading, navigation, state of the live connection; and the sign-in before anything else. */
import { useEffect, useRef } from 'preact/hooks';
import { SimulatedTag } from './components/badge.tsx';
import { Link } from './components/link.tsx';
import { Notice } from './components/notice.tsx';
import { ConnectionState, StaleNotice } from './connection-state.tsx';
import { closeFeed, live, openFeed, watch } from './live-feed.ts';
import { PageOf } from './page-of.tsx';
import { pageTitle } from './page-title.ts';
import { messageOf } from './request.ts';
import { view } from './route.ts';
import { checkSession, session, sessionTrouble, signOut } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { theme, toggleTheme } from './theme.ts';
import { NO_COMPARISON, type View } from './view.ts';

export function App() {
  const state = session.value;
  useEffect(() => {
    if (state === 'open') openFeed();
    else closeFeed();
  }, [state]);
  if (state === 'none') return <SignIn />;
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Heading />
      <main id="content" tabIndex={-1}>
        {state === 'unknown' ? <Waiting /> : <Content />}
      </main>
    </>
  );
}

function Waiting() {
  if (sessionTrouble.value === null) return <p class="soft">Asking the controller ...</p>;
  return (
    <Notice tone="error">
      {sessionTrouble.value}. Is it running, and does this address still lead to it?{' '}
      <button type="button" onClick={checkSession}>
        Try again
      </button>
    </Notice>
  );
}

function Content() {
  const shown = view.value;
  const run = 'run' in shown ? shown.run : null;
  const instance = shown.page === 'instance' ? shown.instance : null;
  useEffect(() => watch({ run, instance }), [run, instance]);
  useTitleAndFocus(shown);
  return (
    <>
      <StaleNotice />
      <PageOf view={shown} />
    </>
  );
}

/** What a browser does by itself when it loads a page: another title, and the focus where the new page begins. */
function useTitleAndFocus(shown: View): void {
  const title = pageTitle(shown, live.value.overview);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const before = useRef(shown.page);
  useEffect(() => {
    if (before.current === shown.page) return;
    before.current = shown.page;
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [shown.page]);
}

function Heading() {
  const shown = view.value;
  const run = 'run' in shown ? shown.run : null;
  const isSimulated = 'run' in shown && live.value.runs?.find(({ id }) => id === shown.run)?.simulated === true;
  return (
    <header class="top">
      <Link to={{ page: 'runs' }} class="brand">
        <img src="/assets/icon.svg" alt="" width={24} height={24} />
        ptp-tester
      </Link>
      <nav aria-label="Pages">
        <Link to={{ page: 'runs' }} current={shown.page !== 'compare'}>
          Runs
        </Link>
        <Link to={{ ...NO_COMPARISON, run }} current={shown.page === 'compare'}>
          Compare
        </Link>
      </nav>
      {isSimulated ? <SimulatedTag /> : null}
      <span class="fill" />
      <ConnectionState />
      <button type="button" class="quiet" onClick={toggleTheme} title="Light or dark">
        {theme.value === 'dark' ? 'Light' : 'Dark'}
      </button>
      <SignOutButton />
    </header>
  );
}

function SignOutButton() {
  const leave = () => {
    signOut().catch((error: unknown) => {
      sessionTrouble.value = messageOf(error);
    });
  };
  return (
    <button type="button" class="quiet" onClick={leave}>
      Sign out
    </button>
  );
}
