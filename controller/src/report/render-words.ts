/** The words of the report at its end, and links to them from where they are used: one click or Enter away, also without scripts (pure). */
import { escapeHtml, htmlTable } from './html-text.ts';
import { MORE_WORDS, REPORT_WORDS, type ReportWord } from './report-words.ts';

/** The word, or another text that stands for it, as a link to what it means. */
export function wordLink(word: ReportWord, text: string = word): string {
  return `<a class="word-link" href="#${anchorOf(word)}">${escapeHtml(text)}</a>`;
}

/** Those that captions of pictures have. */
const OF_CAPTIONS = [
  'MTIE',
  'TDEV',
  'read delay',
  'driver counters',
  'rms',
  'p99',
  'PHC selected',
  '169.254.169.123',
] as const satisfies readonly ReportWord[];

/** A caption in which the first place of each such word is a link. */
export function captionWithLinks(caption: string): string {
  return OF_CAPTIONS.reduce((html, word) => html.replace(word, wordLink(word)), escapeHtml(caption));
}

export function renderWords(): string {
  const rows = Object.entries(REPORT_WORDS).map(([word, meaning]) => [
    `<span id="${anchorOf(word)}">${escapeHtml(word)}</span>`,
    escapeHtml(meaning),
  ]);
  return `<section class="card"><h2 style="margin-top:0">Words</h2>${htmlTable(['word', 'meaning'], rows)}<p class="soft">${escapeHtml(MORE_WORDS)}</p></section>`;
}

function anchorOf(word: string): string {
  return `word-${word.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;
}
