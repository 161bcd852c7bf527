// What grpc-js does besides single calls: streams both ways, deadlines, taking leave, and much at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';

import { GrpcClient } from './grpc_client.mjs';
import { Server } from './server.mjs';

const WATCHES_PER_APP_MAX = 64;
const data = { a: 'b' };

let server;
let rpc;

before(async () => {
  server = await Server.start();
  rpc = new GrpcClient(server, server.adminKey);
});

after(async () => {
  rpc?.close();
  if (server) assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

// An app, a device of it and a message that the device has not taken yet.
async function pendingMessage(app) {
  const device = await server.registerDevice(await rpc.call('Apps', 'CreateApp', { app }));
  const { messageId } = await rpc.call('Send', 'Send', { app, device, data });
  return { app, device, messageId };
}

function watch({ app, messageId }, options) {
  return rpc.answers('Send', 'WatchMessage', { app, messageId }, options);
}

// How many are pending by the first report.
async function firstPending(reports) {
  for await (const { pending } of reports.iterator({ destroyOnReturn: false })) return pending;
}

// The code that a stream fails with; what comes before is not looked at.
async function failureOf(reports) {
  try {
    for await (const report of reports) assert.ok(report);
  } catch (error) {
    return error.code;
  }
  throw new Error('the stream did not fail');
}

function ids(count) {
  return Array.from({ length: count }, (_, i) => (i + 1).toString(16).padStart(32, '0'));
}

test('a thousand sends in flight are all answered', async () => {
  const app = 'thousand';
  await rpc.call('Apps', 'CreateApp', { app });
  const sends = Array.from({ length: 1000 }, () =>
    rpc.call('Send', 'Send', { app, everyone: true, data }),
  );
  const answers = await Promise.all(sends);
  assert.equal(new Set(answers.map(({ messageId }) => messageId)).size, 1000);
});

test('a list of devices goes up piece by piece', async () => {
  const { app, device } = await pendingMessage('list');
  const pieces = [{ app, message: { data } }];
  for (let i = 0; i < 50; i++) pieces.push({ deviceIds: ids(1000) });
  pieces.push({ deviceIds: [device] });
  const { messageId } = await rpc.callWithMany('Send', 'SendToList', pieces);
  const report = await rpc.call('Send', 'GetMessage', { app, messageId });
  assert.equal(report.targeted, '1');
});

test('a list is refused in its middle', async () => {
  const app = 'wrong-list';
  await rpc.call('Apps', 'CreateApp', { app });
  function* pieces() {
    yield { app, message: { data } };
    for (let i = 0; i < 1000; i++) yield { deviceIds: Array(1000).fill('not a device id') };
  }
  await assert.rejects(rpc.callWithMany('Send', 'SendToList', pieces()), {
    code: grpc.status.INVALID_ARGUMENT,
  });
});

test('a watch ends with its message', async () => {
  const pending = await pendingMessage('watch');
  const reports = watch(pending);
  assert.equal(await firstPending(reports), '1');
  const { app, messageId } = pending;
  await rpc.call('Send', 'RecallMessage', { app, messageId });
  const rest = [];
  for await (const { recalled } of reports) rest.push(recalled);
  assert.deepEqual(rest, ['1']);
});

test('a watch ends at its deadline', async () => {
  const reports = watch(await pendingMessage('deadline'), { deadline: Date.now() + 1000 });
  assert.equal(await failureOf(reports), grpc.status.DEADLINE_EXCEEDED);
});

test('watches that are cancelled make room for others', async () => {
  const pending = await pendingMessage('cancel');
  for (let round = 0; round < 3; round++) {
    const watches = Array.from({ length: WATCHES_PER_APP_MAX }, () => watch(pending));
    const first = await Promise.all(watches.map(firstPending));
    assert.deepEqual(new Set(first), new Set(['1']));
    for (const reports of watches) reports.cancel();
    const codes = await Promise.all(watches.map(failureOf));
    assert.deepEqual(new Set(codes), new Set([grpc.status.CANCELLED]));
    // Node.js may send the next calls before the news of those that were cancelled.
    await rpc.call('Send', 'GetMessage', { app: pending.app, messageId: pending.messageId });
  }
});

test('a message that is too large is refused', async () => {
  const app = 'large';
  await rpc.call('Apps', 'CreateApp', { app });
  const message = { app, everyone: true, data: { a: 'x'.repeat(200_000) } };
  const send = rpc.call('Send', 'Send', message);
  await assert.rejects(send, { code: grpc.status.RESOURCE_EXHAUSTED });
  await rpc.call('Send', 'Send', { app, everyone: true, data });
});
