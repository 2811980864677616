/** The frame of every page of ours: nothing is loaded from outside and no script runs, whatever a text of an instance says. */
import { STYLE } from './html-style.ts';
import { escapeHtml } from './html-text.ts';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

export const SIMULATED_BANNER =
  '<div class="simulated" role="note">SIMULATED: the PHC of this run is a simulation with known truth. Nothing here says anything about hardware.</div>';

export interface PageContent {
  /** Text. */
  readonly title: string;
  readonly simulated: boolean;
  /** Markup. */
  readonly body: string;
}

export function htmlPage({ title, simulated, body }: PageContent): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${simulated ? 'SIMULATED - ' : ''}${escapeHtml(title)}</title>
<style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`;
}
