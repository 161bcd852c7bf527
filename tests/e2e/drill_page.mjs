// Looks at what the script of a page that tocsin-drill wrote draws:  node drill_page.mjs PAGE ALERTS
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { drawnPage } from '../unit/drill/drawn_page.mjs';

const alerts = Number(process.argv[3]);
const { data, title, main } = drawnPage(readFileSync(process.argv[2], 'utf8'));
assert.match(title, /^An alert to [\d,]+ devices - Tocsin drill$/);
for (const heading of ['How long a device waits', 'Delivered over time', 'Memory over time', 'CPU over time',
  'Rounds', 'Setting']) {
  assert.ok(main.includes(`<h2>${heading}</h2>`), heading);
}
assert.equal(main.match(/<svg /g).length, 4);
// Two lines in each chart over time, one for each alert in the others.
assert.equal(main.match(/<polyline /g).length, 2 * alerts + 4);
assert.ok(main.includes(`>${data.setting.devices.toLocaleString('en')}, each a TLS 1.3 connection`));
assert.ok(main.includes(data.all_well ? 'each exactly once' : 'Not well'));
assert.doesNotMatch(main, /NaN|Infinity|undefined|null/);
for (const [, points] of main.matchAll(/<polyline [^>]*points="([^"]*)"/g)) {
  for (const point of points.split(' ')) {
    const [x, y] = point.split(',').map(Number);
    assert.ok(x >= 64 && x <= 544 && y >= 26 && y <= 240, `a point outside its chart: ${point}`);
  }
}
