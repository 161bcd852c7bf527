// What the script of bench/drill/page.html draws:  node --test page_drawing_test.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { drawnPage } from './drawn_page.mjs';

const template = readFileSync(new URL('../../../bench/drill/page.html', import.meta.url), 'utf8');

function someDrill() {
  const round = { expected: 1000, delivered: 1000, missing: 0, duplicates: 0, accepted_ms: 2, p50_ms: 12.5,
    p90_ms: 20, p99_ms: 30, p99_9_ms: 35, p100_ms: 40, books_closed: true,
    curve: [[10, 0.2], [12.5, 0.5], [40, 1]] };
  return { made: '2026-01-01 00:00 UTC', command: "tocsin-drill --app 'R&D'", all_well: true,
    missed_targets: [], measures: { p50_ms: 12.5 }, memory: {}, rounds: [round, { ...round }],
    connect: { connected: 1000, seconds: 1, handshakes_per_s: 1000, failures: 0, reconnects: 0 },
    setting: { devices: 1000, stuck: 0, servers: 1, workers: 1, cpus: 2, cpu_model: 'A <fast> CPU',
      kernel: '6.1', priority: 'alert', payload_bytes: 150 },
    timeline: { samples: [[0.25, 1e8, 2e7, 10, 20], [0.5, 1.1e8, 3e7, 90, 80]],
      marks: [[0, 'at rest'], [0.3, 'connect']] } };
}

// As page.cc puts the document into the page.
const draw = drill => drawnPage(
  template.replace('@DATA@', () => JSON.stringify(drill).replaceAll('<', '\\u003c')));
const page = draw(someDrill());
const svgOf = chart => page.evaluate(`svgOf(${JSON.stringify({ marks: [], title: '', ...chart })})`);

test('verdict, charts and setting', () => {
  assert.equal(page.title, 'An alert to 1,000 devices - Tocsin drill');
  assert.match(page.main, /each exactly once/);
  assert.match(page.main, /data-name="round 2"/);
  assert.match(page.main, />connect<\/text>/);
  assert.match(page.main, /<span>half of the devices \(p50\)<\/span>/);
});

test('what others said is escaped', () => {
  const drill = someDrill();
  drill.missed_targets = ['p100_ms_max: <b>slow</b>'];
  const { main } = draw(drill);
  assert.match(main, /A &lt;fast&gt; CPU/);
  assert.match(main, /'R&amp;D'/);
  assert.match(main, /Target missed: p100_ms_max: &lt;b&gt;slow/);
});

test('bad news is said', () => {
  const drill = someDrill();
  drill.all_well = false;
  drill.rounds[0].missing = 3;
  drill.setting.limited_by = 'no room for more';
  const { main } = draw(drill);
  assert.match(main, /Not well: 0 not connected, 3 deliveries missed/);
  assert.match(main, /no room for more/);
});

test('an alert against a broadcast has a line of its own, and both a row', () => {
  const drill = someDrill();
  drill.competing = [{ alert: { ...drill.rounds[0] }, broadcast: { ...drill.rounds[0] } }];
  const { main } = draw(drill);
  assert.match(main, /class="c0 dashed" data-name="round 1, competing"/);
  assert.match(main, /<td>1, the broadcast<\/td>/);
});

test('nothing measured is still a page', () => {
  const drill = someDrill();
  drill.measures = {};
  drill.timeline = { samples: [], marks: [] };
  for (const round of drill.rounds) {
    Object.assign(round, { expected: 0, delivered: 0, accepted_ms: 0, p50_ms: 0, p100_ms: 0, curve: [] });
  }
  assert.doesNotMatch(draw(drill).main, /NaN|Infinity|undefined|null/);
});

test('CPU is the share of a core since the look before', () => {
  const drill = someDrill();
  // In the end a server has ended and taken its time along.
  drill.timeline.samples = [[0, 100, 10, 0, 0], [2, 200, 20, 3, 0.5], [3, 300, 30, 0, 1]];
  const { main } = draw(drill);
  // The axis ends at 3 s and 8 % above 150 %: that is 26 below, 240 at 0 %.
  assert.match(main, /data-name="servers" points="384.0,41.9 544.0,240.0"/);
  assert.match(main, /data-name="workers of the drill" points="384.0,207.0 544.0,174.0"/);
});

test('points are where the scale says, and what is outside stays at the edge', () => {
  const svg = svgOf({ x: { unit: 's', min: 0, max: 10 }, y: { unit: '', min: 0, max: 100 },
    series: [{ name: 'a "line"', colour: 3, dashed: true, filled: true, points: [[0, 0], [10, 100], [20, 300]] }],
    marks: [{ x: 5, name: 'half' }, { x: 5.1, name: 'too close' }, { x: 11, name: 'outside' }] });
  assert.match(svg, /class="c3 dashed" data-name="a &quot;line&quot;" points="64.0,240.0 544.0,26.0 544.0,26.0"/);
  assert.match(svg, /<polygon class="c3"/);
  assert.match(svg, />half<\/text>/);
  assert.match(svg, /<title>too close<\/title>/);
  assert.doesNotMatch(svg, />too close<\/text>|outside/);
});

test('a logarithmic axis spaces decades evenly', () => {
  const svg = svgOf({ x: { unit: 'ms', log: true, min: 1, max: 100 }, y: { unit: '%', min: 0, max: 100 },
    series: [{ name: 'a', colour: 0, points: [[1, 0], [10, 0], [100, 0]] }] });
  assert.match(svg, /points="64.0,240.0 304.0,240.0 544.0,240.0"/);
});

test('ticks are round', () => {
  const ticksOf = axis => [...page.evaluate(`ticksOf(${JSON.stringify(axis)})`)];
  assert.deepEqual(ticksOf({ unit: '%', min: 0, max: 100 }), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(ticksOf({ unit: 'ms', log: true, min: 0.9, max: 21 }), [1, 2, 5, 10, 20]);
  assert.deepEqual(ticksOf({ unit: 'ms', log: true, min: 1, max: 1e4 }), [1, 10, 100, 1000, 10000]);
  const mib = 2 ** 20;
  assert.deepEqual(ticksOf({ unit: 'bytes', min: 0, max: 100 * mib }), [0, 32 * mib, 64 * mib, 96 * mib]);
});

test('a figure has a readable unit', () => {
  const withUnit = (value, unit) => page.evaluate(`withUnit(${value}, '${unit}')`);
  assert.equal(withUnit(0.5, 'ms'), '0.5 ms');
  assert.equal(withUnit(1500, 'ms'), '1.5 s');
  assert.equal(withUnit(72000, ''), '72,000');
  assert.equal(withUnit(512 * 2 ** 20, 'bytes'), '512 MiB');
  assert.equal(withUnit(0, 'bytes'), '0 B');
});
