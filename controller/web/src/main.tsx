/** Entry of the dashboard: draws the page, and starts what it lives on. */
import { render } from 'preact';
import { App } from './app.tsx';
import { startRouting } from './route.ts';
import { checkSession } from './session.ts';
import { startTheme } from './theme.ts';

const page = document.getElementById('page');
if (page === null) throw new Error('index.html has no element #page');
startTheme();
startRouting();
render(<App />, page);
await checkSession();
