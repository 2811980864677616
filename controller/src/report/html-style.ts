/** The style sheet of the HTML report: light and dark, narrow and wide, print. No outside content. */
import { chartColours } from './render-chart.ts';

const PAGE_LIGHT =
  '--page:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#5b6675;--edge:#dde2e9;--good:#1d7f45;--warn:#9a5b00;--bad:#b3181f;';
const PAGE_DARK =
  '--page:#12161c;--card:#1a2029;--ink:#e4e9f0;--soft:#9fabba;--edge:#333d4a;--good:#5cc98a;--warn:#f0b04d;--bad:#ff7a7f;';

export const STYLE = `
:root{color-scheme:light dark;${PAGE_LIGHT}${chartColours('light')}}
@media (prefers-color-scheme:dark){:root{${PAGE_DARK}${chartColours('dark')}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1020px;margin:0 auto;padding:16px 20px 48px}
h1{font-size:1.35rem;margin:.4em 0}h2{font-size:1.15rem;margin:1.8em 0 .5em}h3{font-size:1.02rem;margin:1.3em 0 .4em}
p{margin:.4em 0}ul,ol{margin:.4em 0;padding-left:1.4em}li{margin:.25em 0}
pre{font:0.85em ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
code{font:0.92em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.card{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:14px 18px;margin:12px 0}
.soft{color:var(--soft)}.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.verdict{border-left:8px solid var(--soft)}.verdict.good{border-left-color:var(--good)}.verdict.bad{border-left-color:var(--bad)}
.verdict{color:var(--ink)}.verdict .word{font-size:1.9rem;font-weight:700;line-height:1.2}.verdict .word small{font-size:1rem;font-weight:400}
.verdict.good .word{color:var(--good)}.verdict.bad .word{color:var(--bad)}
.simulated{background:#ffd54a;color:#221a00;border-radius:8px;padding:10px 18px;font-weight:700;margin:12px 0}
.tag{background:#ffd54a;color:#221a00;border-radius:4px;padding:0 6px;font-weight:700;font-size:.8em}
.scroll{overflow-x:auto;margin:.5em 0}
table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid var(--edge);font-variant-numeric:tabular-nums}
thead th{color:var(--soft);font-weight:600;white-space:nowrap}tbody th{font-weight:600}
.num td{white-space:nowrap}.text td:nth-child(3){min-width:12em}.nowrap{white-space:nowrap}
.id{color:var(--soft);font-weight:400;font-size:.85em;white-space:nowrap}.word-link{color:inherit;text-decoration:underline dotted;text-underline-offset:3px}
:target{outline:2px solid var(--warn);outline-offset:2px}
.charts{display:grid;grid-template-columns:1fr 1fr;gap:10px 16px}
figure{margin:0;min-width:0}figure.full{grid-column:1/-1}figcaption{font-size:.8rem;color:var(--soft)}
svg{display:block;width:100%;height:auto}.narrow{display:none}
details{margin:.5em 0}summary{cursor:pointer;font-weight:600}
footer{color:var(--soft);font-size:.85rem;margin-top:2em}
@media (max-width:700px){main{padding:10px 10px 32px}.card{padding:10px 12px}.charts{grid-template-columns:1fr}
.wide{display:none}.narrow{display:block}
.text thead{display:none}.text tr{display:block;border-bottom:1px solid var(--edge);padding:6px 0}.text th,.text td{display:block;border:none;padding:1px 0}
.text td:is([data-label="where"],[data-label="rests on"],[data-label="confidence"]){display:inline-block;margin-right:1em}.text th:empty,.text td:empty{display:none}.text td[data-label]::before{content:attr(data-label) ": ";color:var(--soft)}}
@media print{:root{color-scheme:light;font-size:11px;${PAGE_LIGHT}${chartColours('light')}}body{background:#fff;font-size:11px}
h2,h3,h4{break-after:avoid}.scroll{overflow:visible}
.card{border:none;padding:0;break-inside:avoid-page}.verdict{border-left:8px solid;padding-left:10px}
article.card{break-inside:auto;break-before:page}h2+article.card,h2+p+article.card{break-before:auto}figure,tr{break-inside:avoid}
details:not([open])>summary::after{content:" (closed when this was printed)";font-weight:400}
.simulated,.tag{border:2px solid #000}.wide{display:block}.narrow{display:none}main{max-width:none;padding:0}}
`;
