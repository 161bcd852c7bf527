// Runs the script of a page that tocsin-drill wrote, in a document that is just enough for it, and
// looks at what it drew:  node drill_page.mjs PAGE ALERTS
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

const [page, alerts] = [readFileSync(process.argv[2], 'utf8'), Number(process.argv[3])];
const scripts = [...page.matchAll(/<script(?<data> id="data"[^>]*)?>(?<text>[\s\S]*?)<\/script>/g)];
assert.equal(scripts.length, 2, 'the data and the script that draws it');
const data = scripts.find(script => script.groups.data).groups.text;

const main = { innerHTML: '' };
const document = {
  title: '',
  getElementById: id => (id === 'data' ? { textContent: data } : {}),
  querySelector: selector => (selector === 'main' ? main : null),
  querySelectorAll: () => [],  // nothing to listen to
};
runInNewContext(scripts.find(script => !script.groups.data).groups.text, { document, console });

const drawn = main.innerHTML;
const report = JSON.parse(data);
assert.match(document.title, /^An alert to [\d,]+ devices - Tocsin drill$/);
for (const heading of ['How long a device waits', 'Delivered over time', 'Memory over time', 'CPU over time',
  'Rounds', 'Setting']) {
  assert.ok(drawn.includes(`<h2>${heading}</h2>`), heading);
}
assert.equal(drawn.match(/<svg /g).length, 4);
// Two lines in each chart over time, one for each alert in the others.
assert.equal(drawn.match(/<polyline /g).length, 2 * alerts + 4);
assert.ok(drawn.includes(`>${report.setting.devices.toLocaleString('en')}, each a TLS 1.3 connection`));
assert.ok(drawn.includes(report.all_well ? 'each exactly once' : 'Not well'));
assert.doesNotMatch(drawn, /NaN|Infinity|undefined|null/);
for (const [, points] of drawn.matchAll(/<polyline [^>]*points="([^"]*)"/g)) {
  for (const point of points.split(' ')) {
    const [x, y] = point.split(',').map(Number);
    assert.ok(x >= 64 && x <= 544 && y >= 26 && y <= 240, `a point outside its chart: ${point}`);
  }
}
