// A headless Chromium that loads one page again and again until SIGTERM, and says what failed:
//   node --experimental-websocket browser.mjs CHROMIUM PROFILE URL ADDRESS SCREENSHOT
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [chromium, profile, url, address, screenshot] = process.argv.slice(2);
const host = new URL(url).hostname;
const browser = spawn(chromium, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-dev-shm-usage',
  '--ignore-certificate-errors', `--host-resolver-rules=MAP ${host} ${address}`, `--user-data-dir=${profile}`,
  '--window-size=900,600', '--remote-debugging-port=0', 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
let over = false, pages = 0, served = 0;
const failures = [];
function report(problems) {
  console.log(JSON.stringify({ pages, served, failures: problems }));
  process.exit(0);
}
process.on('SIGTERM', () => { over = true; });
process.on('exit', () => browser.kill('SIGKILL'));

const endpoint = await new Promise((resolve, reject) => {
  let text = '';
  browser.stderr.on('data', part => {
    text += part;
    const found = /DevTools listening on (\S+)/.exec(text);
    if (found) resolve(found[1]);
  });
  browser.on('exit', (code, signal) => {
    reject(new Error(text));
    report([...failures, `Chromium ended: ${signal ?? code} ${text.slice(-500)}`]);
  });
});

const socket = new WebSocket(endpoint);
await new Promise(resolve => socket.addEventListener('open', resolve));
const answers = new Map();
const requests = new Map();
let number = 0, session, loaded = () => {};
function call(method, params = {}) {
  const id = ++number;
  socket.send(JSON.stringify({ id, method, params, sessionId: session }));
  return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
}
socket.addEventListener('message', ({ data }) => {
  const { id, result, error, method, params } = JSON.parse(data);
  if (id) {
    const { resolve, reject } = answers.get(id);
    answers.delete(id);
    if (error) reject(new Error(error.message)); else resolve(result);
  } else if (method === 'Network.requestWillBeSent') {
    requests.set(params.requestId, params.request.url);
  } else if (method === 'Network.responseReceived') {
    served++;
    if (params.response.status >= 400) failures.push(`${params.response.status} ${params.response.url}`);
  } else if (method === 'Network.loadingFailed') {
    failures.push(`${params.errorText} ${requests.get(params.requestId)}`);
  } else if (method === 'Page.loadEventFired') {
    loaded();
  }
});

const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
session = (await call('Target.attachToTarget', { targetId, flatten: true })).sessionId;
await call('Page.enable');
await call('Network.enable');
await call('Network.setCacheDisabled', { cacheDisabled: true });
do {
  const done = new Promise(resolve => { loaded = resolve; });
  const { errorText } = await call('Page.navigate', { url });
  if (errorText) failures.push(`${errorText} ${url}`); else await done;
  if (++pages === 1) console.log('loaded');
} while (!over);
const { data } = await call('Page.captureScreenshot');
writeFileSync(screenshot, Buffer.from(data, 'base64'));
report(failures);
