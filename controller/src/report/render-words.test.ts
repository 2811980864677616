import { expect, it } from 'vitest';
import { captionWithLinks, renderWords } from './render-words.ts';
import { ReportVerdict } from './report-schema.ts';
import { REPORT_WORDS } from './report-words.ts';

it('a word in a caption leads to its meaning, and everything else is escaped', () => {
  const html = captionWithLinks('MTIE of <system> - PHC; PHC selected');
  expect(html).toBe(
    '<a class="word-link" href="#word-mtie">MTIE</a> of &lt;system&gt; - PHC; <a class="word-link" href="#word-phc-selected">PHC selected</a>',
  );
  for (const [, anchor] of html.matchAll(/href="#([^"]+)"/g)) expect(renderWords()).toContain(`id="${anchor}"`);
});

it.each(['capability', 'setup', 'quality'] as const)('%s has each of its values explained', (axis) => {
  for (const value of ReportVerdict.properties[axis].properties.value.enum)
    expect(REPORT_WORDS[axis]).toContain(value.replaceAll('_', ' '));
});
