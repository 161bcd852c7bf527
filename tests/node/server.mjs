// A real tocsind in a temporary folder, on free ports.
//
// TOCSIND names the binary, TOCSIN_LISTEN that of the sample device. Whoever starts a server stops it.
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
const ANY_PORT = '127.0.0.1:0';

function spawnServer(folder) {
  const log = openSync(join(folder, 'log.txt'), 'w');
  const child = spawn(
    process.env.TOCSIND,
    [
      ['--data_dir', join(folder, 'data')],
      ['--gateway_listen', ANY_PORT],
      ['--api_listen', ANY_PORT],
      ['--ready_file', join(folder, 'ready.json')],
    ].flat(),
    { stdio: ['ignore', log, log] },
  );
  closeSync(log);
  return child;
}

export class Server {
  static async start() {
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-node-'));
    const server = new Server(folder, spawnServer(folder));
    try {
      await server.#waitUntilReady();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  constructor(folder, child) {
    this.folder = folder;
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
    });
    this.ended.then((how) => (this.howItEnded = how));
  }

  get restUrl() {
    return `https://127.0.0.1:${this.ready.api_port}`;
  }

  get grpcTarget() {
    return `localhost:${this.ready.api_port}`;
  }

  get ca() {
    return readFileSync(this.ready.ca_file);
  }

  get adminKey() {
    return readFileSync(this.ready.admin_key_file, 'utf8').trim();
  }

  // The id of a new device of an app as it was made, not connected: what it is sent stays pending.
  async registerDevice({ name, registrationKey }) {
    const app = name.split('/')[1];
    const profile = join(this.folder, `${app}.toml`);
    const facts = {
      gateway: `localhost:${this.ready.gateway_port}`,
      ca: this.ready.ca_file,
      app,
      registration_key: registrationKey,
      state: `${profile}.state`,
    };
    const lines = Object.entries(facts).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    await writeFile(profile, lines.join('\n'), { mode: 0o600 });
    const said = await promisify(execFile)(process.env.TOCSIN_LISTEN, [
      ...['--profile', profile],
      '--register-only',
    ]);
    return said.stdout.trim();
  }

  // SIGTERM, and what became of it: { code: 0, signal: null } when all is well.
  async stop() {
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS_MAX);
    if (!this.howItEnded) this.child.kill('SIGTERM');
    const how = await this.ended;
    clearTimeout(killer);
    await rm(this.folder, { recursive: true, force: true });
    return how;
  }

  async #waitUntilReady() {
    const readyFile = join(this.folder, 'ready.json');
    const deadline = Date.now() + START_MS_MAX;
    while (!existsSync(readyFile)) {
      if (this.howItEnded || Date.now() > deadline) {
        const log = readFileSync(join(this.folder, 'log.txt'), 'utf8');
        throw new Error(`tocsind did not come up: ${JSON.stringify(this.howItEnded)}\n${log}`);
      }
      await sleep(10);
    }
    this.ready = JSON.parse(readFileSync(readyFile, 'utf8'));
  }
}
