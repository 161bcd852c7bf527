// Stock clients of both transports against a real server: what one says, the other says too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import grpc from '@grpc/grpc-js';

import { GrpcClient } from './grpc_client.mjs';
import { RestClient } from './rest_client.mjs';
import { Server } from './server.mjs';

let server;
let rest;
let rpc;

before(async () => {
  server = await Server.start();
  rest = await RestClient.connect(server, server.adminKey);
  rpc = new GrpcClient(server, server.adminKey);
});

after(async () => {
  rpc?.close();
  if (server) assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

// proto-loader gives a time as seconds and nanoseconds and an absent message as null, the JSON
// mapping as text and not at all.
function alike(answer) {
  if (Array.isArray(answer)) return answer.map(alike);
  if (answer === null || typeof answer !== 'object') return answer;
  const entries = Object.entries(answer).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.endsWith('Time') ? epochMs(value) : alike(value)]),
  );
}

function epochMs(time) {
  if (typeof time === 'string') return Date.parse(time);
  return Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

// What an answer is made of: its fields and their types.
function shape(answer) {
  const fields = Object.entries(alike(answer)).map(([name, value]) => [name, typeof value]);
  return Object.fromEntries(fields.sort());
}

test('an app made over one transport is seen over the other', async () => {
  const overRest = await rest.call('Apps_CreateApp', 201, null, { app: 'by-rest' });
  const overGrpc = await rpc.call('Apps', 'CreateApp', { app: 'by-grpc' });
  assert.deepEqual(shape(overGrpc), shape(overRest));
  assert.equal(overGrpc.name, 'apps/by-grpc');
  assert.match(overGrpc.sendKey, /./);

  const listed = await rest.call('Apps_ListApps', 200);
  assert.deepEqual(alike(listed), alike(await rpc.call('Apps', 'ListApps', {})));
  assert.deepEqual(listed.apps.map(({ app }) => app).sort(), ['by-grpc', 'by-rest']);
});

test('a message to everyone has one report, over both', async () => {
  await rest.call('Apps_CreateApp', 201, null, { app: 'messages' });
  const app = 'messages';
  const message = { everyone: true, notification: { title: 'Hello' }, data: { kind: 'greeting' } };
  const overRest = await rest.call('Send_Send', 202, { app }, { ...message, ttl: '60.5s' });
  const ttl = { seconds: 60, nanos: 500_000_000 };
  const overGrpc = await rpc.call('Send', 'Send', { app, ...message, ttl });
  assert.deepEqual(shape(overGrpc), shape(overRest));

  for (const { messageId, acceptTime, expireTime } of [overRest, overGrpc]) {
    assert.equal(epochMs(expireTime) - epochMs(acceptTime), 60_500);
    const report = await rest.call('Send_GetMessage', 200, { app, message_id: messageId });
    assert.equal(report.messageId, messageId);
    assert.equal(report.targeted, '0');
    const reportOverGrpc = await rpc.call('Send', 'GetMessage', { app, messageId });
    assert.deepEqual(alike(reportOverGrpc), alike(report));
  }
});

test('an error is the same over both, with the fields that are wrong', async () => {
  await rest.call('Apps_CreateApp', 201, null, { app: 'errors' });
  const app = 'errors';
  const message = { everyone: true, notification: { title: 'Late' } };
  const year = 365 * 86_400;
  const { error } = await rest.call('Send_Send', 400, { app }, { ...message, ttl: `${year}s` });
  assert.equal(error.status, 'INVALID_ARGUMENT');
  assert.equal(error.fieldViolations[0].field, 'ttl');

  const failure = await rpc.failure('Send', 'Send', { app, ...message, ttl: { seconds: year } });
  assert.equal(failure.code, grpc.status.INVALID_ARGUMENT);
  assert.equal(failure.message, error.message);
  assert.deepEqual(alike(failure.body), alike({ retryAfterS: 0, ...error }));
});

test('a key that is none is refused over both', async () => {
  const stranger = await RestClient.connect(server, 'no-such-key');
  const { error } = await stranger.call('Apps_ListApps', 401);
  const strangerRpc = new GrpcClient(server, 'no-such-key');
  const failure = await strangerRpc.failure('Apps', 'ListApps', {});
  strangerRpc.close();
  assert.equal(failure.code, grpc.status.UNAUTHENTICATED);
  assert.equal(failure.body.status, error.status);
  assert.equal(failure.body.message, error.message);
});

test('every operation of the document is a path of the server', async () => {
  assert.equal(rest.api.document.openapi, '3.0.3');
  const operations = rest.api.getOperations();
  assert.ok(operations.length > 10);
  const stranger = await RestClient.connect(server, 'no-such-key');
  for (const { operationId, parameters = [] } of operations) {
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    const values = Object.fromEntries(inPath.map(({ name }) => [name, '0']));
    await stranger.call(operationId, 401, values, {});
  }
});
