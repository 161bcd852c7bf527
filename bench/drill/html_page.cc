#include "drill/html_page.h"

namespace tocsin::drill {

const char* const html_style = R"css(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b2430; --faint: #66707c;
  --line: #e3e7ec; --good: #13794a; --good-back: #e2f4ea; --bad: #b3261e; --bad-back: #fbe9e7;
  --c0: #2563c9; --c1: #d9730d; --c2: #12876f; --c3: #9333b8; --c4: #b8910b; --c5: #c02660;
  --c6: #4b7a1f; --c7: #5a6776; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1b212a; --text: #e6eaf0; --faint: #97a2b0; --line: #2e3742;
    --good: #6fd6a3; --good-back: #15372a; --bad: #ff9d94; --bad-back: #45201d;
    --c0: #6ea5ff; --c1: #ffa657; --c2: #4fd1b5; --c3: #d08cf0; --c4: #e4c454; --c5: #ff86ae;
    --c6: #a5d66f; --c7: #a8b4c2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 0 0 10px; color: var(--faint); }
.verdict { display: inline-block; margin: 12px 0 20px; padding: 6px 14px; border-radius: 8px;
  font-weight: 600; color: var(--good); background: var(--good-back); }
.verdict.bad { color: var(--bad); background: var(--bad-back); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 12px;
  margin-bottom: 16px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 25px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile b small { font-size: 14px; font-weight: 500; color: var(--faint); }
.tile span { color: var(--faint); font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr));
  gap: 16px; margin-bottom: 16px; }
.card { padding: 16px 18px; overflow-x: auto; margin-bottom: 16px; }
.cards .card { margin-bottom: 0; }
.card p { font-size: 13px; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--faint); font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--faint); stroke-width: 1; }
svg .mark { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 2 3; opacity: .7; }
svg .phase { fill: var(--text); }
svg .cursor { stroke: var(--faint); stroke-width: 1; }
polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.dashed { stroke-dasharray: 5 4; }
polygon { opacity: .13; }
.hidden { display: none; }
polyline.c0 { stroke: var(--c0); } polygon.c0, i.c0 { fill: var(--c0); background: var(--c0); }
polyline.c1 { stroke: var(--c1); } polygon.c1, i.c1 { fill: var(--c1); background: var(--c1); }
polyline.c2 { stroke: var(--c2); } polygon.c2, i.c2 { fill: var(--c2); background: var(--c2); }
polyline.c3 { stroke: var(--c3); } polygon.c3, i.c3 { fill: var(--c3); background: var(--c3); }
polyline.c4 { stroke: var(--c4); } polygon.c4, i.c4 { fill: var(--c4); background: var(--c4); }
polyline.c5 { stroke: var(--c5); } polygon.c5, i.c5 { fill: var(--c5); background: var(--c5); }
polyline.c6 { stroke: var(--c6); } polygon.c6, i.c6 { fill: var(--c6); background: var(--c6); }
polyline.c7 { stroke: var(--c7); } polygon.c7, i.c7 { fill: var(--c7); background: var(--c7); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; margin-top: 6px; }
.legend button { all: unset; cursor: pointer; }
.legend button:focus-visible { outline: 2px solid var(--c0); border-radius: 3px; }
.legend button.off { opacity: .4; text-decoration: line-through; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; }
.legend i.dashed { background: repeating-linear-gradient(90deg, currentColor 0 4px, transparent 4px 7px); }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th { color: var(--faint); font-weight: 500; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
table.facts td { text-align: left; white-space: normal; }
table.facts td:first-child { color: var(--faint); white-space: nowrap; width: 1%; }
pre { margin: 6px 0 0; padding: 10px 12px; border-radius: 8px; background: var(--page);
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
#tip { position: fixed; pointer-events: none; display: none; z-index: 9; padding: 7px 11px;
  border-radius: 8px; border: 1px solid var(--line); background: var(--card); font-size: 13px;
  box-shadow: 0 4px 16px #0003; font-variant-numeric: tabular-nums; }
#tip div { white-space: nowrap; }
#tip i { display: inline-block; width: 10px; height: 3px; margin-right: 6px; vertical-align: middle; }
)css";

const char* const html_script = R"js(
const tip = document.getElementById('tip');
const show = (v, unit) => {
  if (unit === 'bytes') {
    const units = ['B', 'KiB', 'MiB', 'GiB'];
    let i = 0;
    while (v >= 1024 && i < 3) { v /= 1024; i++; }
    return v.toFixed(i ? 1 : 0) + ' ' + units[i];
  }
  if (unit === '') return Math.round(v).toLocaleString('en');
  return (v < 10 ? v.toFixed(2) : v.toFixed(1)) + ' ' + unit;
};
document.querySelectorAll('svg').forEach(svg => {
  const d = svg.dataset, n = key => +d[key];
  const lines = [...svg.querySelectorAll('polyline')].map(line => ({ line,
    points: line.getAttribute('points').trim().split(/\s+/).map(p => p.split(',').map(Number)) }));
  const cursor = document.createElementNS(svg.namespaceURI, 'line');
  cursor.setAttribute('class', 'cursor hidden');
  cursor.setAttribute('y1', d.top);
  cursor.setAttribute('y2', d.bottom);
  svg.appendChild(cursor);
  const at = (points, x) => {
    if (x < points[0][0]) return null;
    let low = 0, high = points.length - 1;
    if (x >= points[high][0]) return points[high][1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (points[middle][0] <= x) low = middle; else high = middle;
    }
    const [x0, y0] = points[low], [x1, y1] = points[high];
    return x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
  };
  svg.addEventListener('mousemove', event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    if (x < n('left') || x > n('right')) return hide();
    const part = (x - n('left')) / (n('right') - n('left'));
    const value = n('xlog') ? n('xmin') * Math.pow(n('xmax') / n('xmin'), part)
                            : n('xmin') + part * (n('xmax') - n('xmin'));
    tip.replaceChildren();
    const head = tip.appendChild(document.createElement('div'));
    head.textContent = show(value, d.xunit);
    head.style.fontWeight = 600;
    lines.forEach(({ line, points }) => {
      if (line.classList.contains('hidden')) return;
      const y = at(points, x);
      if (y === null) return;
      const row = tip.appendChild(document.createElement('div'));
      row.appendChild(document.createElement('i')).className = line.classList[0];
      const share = (n('bottom') - y) / (n('bottom') - n('top'));
      row.append(line.dataset.name + ': ' + show(n('ymin') + share * (n('ymax') - n('ymin')), d.yunit));
    });
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    cursor.classList.remove('hidden');
    tip.style.display = 'block';
    const over = event.clientX + tip.offsetWidth + 24 > innerWidth;
    tip.style.left = event.clientX + (over ? -tip.offsetWidth - 14 : 14) + 'px';
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px';
  });
  const hide = () => { tip.style.display = 'none'; cursor.classList.add('hidden'); };
  svg.addEventListener('mouseleave', hide);
});
document.querySelectorAll('.legend button').forEach(button => button.addEventListener('click', () => {
  const svg = button.closest('.card').querySelector('svg');
  const off = button.classList.toggle('off');
  svg.querySelectorAll('polyline').forEach(line => {
    if (line.dataset.name !== button.dataset.name) return;
    line.classList.toggle('hidden', off);
    const area = line.previousElementSibling;
    if (area && area.tagName === 'polygon') area.classList.toggle('hidden', off);
  });
}));
)js";

}  // namespace tocsin::drill
