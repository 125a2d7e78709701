// Puts a service under the workload of workload.json, and writes what k6 measured after the warm-up.
// k6 run -e TARGET=http://127.0.0.1:8000 load.js
// The result is written to <FWSELECT_RUN>_k6.json; FWSELECT_RUN (-e FWSELECT_RUN=...) is "run" where it is not given.
import http from 'k6/http';
import ws from 'k6/ws';
import { Trend } from 'k6/metrics';

const workload = JSON.parse(open('./workload.json'));
const requests = JSON.parse(open('./requests.json'));
const target = (__ENV.TARGET || 'http://127.0.0.1:8000').replace(/\/+$/, '');
const users = workload.users || 10;
const warmUp = workload.warm_up_s || 0;
const duration = workload.duration_s || 60;
const all = workload.endpoints.map((endpoint, place) => ({ ...endpoint, tag: `e${place}` }));
const asked = all.filter((endpoint) => endpoint.method !== 'WS');
const held = all.filter((endpoint) => endpoint.method === 'WS');
const shares = asked.map((endpoint) => (endpoint.share === null ? 1 : endpoint.share));
const total = shares.reduce((sum, share) => sum + share, 0);
const messageTime = new Trend('ws_message_time', true);

function load(start, seconds) {
  const shared = { exec: 'ask', startTime: `${start}s`, gracefulStop: '5s' };
  if (!workload.rate_per_s) {
    return { ...shared, executor: 'constant-vus', vus: users, duration: `${seconds}s` };
  }
  // A rate may have three decimals, k6 takes whole numbers: so many in a thousand seconds.
  const rate = { rate: Math.max(1, Math.round(workload.rate_per_s * 1000)), timeUnit: '1000s' };
  return { ...shared, ...rate, executor: 'constant-arrival-rate', duration: `${seconds}s`, preAllocatedVUs: users, maxVUs: users * 10 };
}

function scenarios() {
  const found = {};
  if (asked.length && warmUp) found.warm_up = load(0, warmUp);
  if (asked.length) found.measured = load(warmUp, duration);
  for (const endpoint of held) {
    const vus = Math.max(1, Math.round((users * (endpoint.share === null ? 100 : endpoint.share)) / 100));
    found[`sockets_${endpoint.tag}`] = {
      executor: 'per-vu-iterations', exec: 'hold', vus, iterations: 1, startTime: `${warmUp}s`,
      maxDuration: `${duration + 10}s`, env: { ENDPOINT: endpoint.tag },
    };
  }
  return found;
}

function thresholds() {
  const found = {};
  const kinds = { http_reqs: 'count>=0', http_req_duration: 'max>=0', http_req_failed: 'rate>=0' };
  for (const [metric, always] of Object.entries(kinds)) {
    if (!asked.length) break;
    found[`${metric}{scenario:measured}`] = [always];
    for (const endpoint of asked) found[`${metric}{scenario:measured,endpoint:${endpoint.tag}}`] = [always];
  }
  return found;
}

export const options = {
  scenarios: scenarios(),
  thresholds: thresholds(),
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)'],
};

function chosen() {
  let left = Math.random() * total;
  return asked.find((_, place) => (left -= shares[place]) < 0) || asked[asked.length - 1];
}

export function ask() {
  const endpoint = chosen();
  const given = requests[`${endpoint.method} ${endpoint.path}`] || {};
  const body = given.json === undefined ? given.data || null : JSON.stringify(given.json);
  const kind = given.json === undefined ? {} : { 'Content-Type': 'application/json' };
  const headers = { ...kind, ...(given.headers || {}) };
  http.request(endpoint.method, target + (given.path || endpoint.path), body, {
    headers, tags: { name: endpoint.path, endpoint: endpoint.tag },
  });
}

export function hold() {
  const endpoint = held.find((each) => each.tag === __ENV.ENDPOINT);
  ws.connect(target.replace(/^http/, 'ws') + endpoint.path, {}, (socket) => {
    let sent = 0;
    socket.on('open', () => {
      socket.setInterval(() => { sent = Date.now(); socket.send('fwselect'); }, 1000);
      socket.setTimeout(() => socket.close(), duration * 1000);
    });
    socket.on('message', () => { if (sent) { messageTime.add(Date.now() - sent); sent = 0; } });
  });
}

function measured(data) {
  const metrics = {};
  for (const [name, metric] of Object.entries(data.metrics)) {
    if (!name.includes('{')) metrics[name] = metrics[name] || metric;
  }
  for (const [name, metric] of Object.entries(data.metrics)) {
    const [, base, tag] = /^(\w+)\{scenario:measured(?:,endpoint:(\w+))?\}$/.exec(name) || [];
    if (!base) continue;
    const endpoint = asked.find((each) => each.tag === tag);
    const values = { ...metric.values };
    if ('count' in values) values.rate = values.count / duration;
    const place = endpoint ? `{method:${endpoint.method},name:${endpoint.path.replace(/,/g, '%2C')}}` : '';
    metrics[base + place] = { type: metric.type, contains: metric.contains, values };
  }
  return metrics;
}

export function handleSummary(data) {
  const result = {
    format: 'fwselect run',
    version: 1,
    workload: workload.workload,
    tool: 'k6',
    environment: {
      host: __ENV.HOSTNAME || __ENV.HOST || '',
      loop: workload.rate_per_s ? 'open' : 'closed',
      target,
      users,
      rate_per_s: workload.rate_per_s,
      duration_s: duration,
      warm_up_s: warmUp,
      started_at: (Date.now() - data.state.testRunDurationMs) / 1000 + warmUp,
      measured_s: duration,
    },
    result: { root_group: data.root_group, state: { testRunDurationMs: duration * 1000 }, metrics: measured(data) },
  };
  const name = `${__ENV.FWSELECT_RUN || 'run'}_k6.json`;
  return { [name]: JSON.stringify(result), stdout: `Written to ${name}\n` };
}
