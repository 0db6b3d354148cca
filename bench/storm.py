#!/usr/bin/env python3
"""A retry storm: three endpoints, one slow, one failing half of its requests, offered 90 % of what they can answer well.

usage: storm.py [-s SECONDS] [-b PERCENT] [-r ROUNDS] [NAME...]      of moorgate, haproxy and envoy

Each endpoint answers eight requests at a time and lets the others wait: two of them within 20 ms in the mean, the slow one within
100 ms. Every proxy chooses the least busy endpoint, repeats a 503 up to twice at another endpoint, gives a request five seconds, and puts nobody
aside; Moorgate and HAProxy repeat at once, Envoy after up to 25 ms; Moorgate and Envoy keep retries within a budget, which HAProxy has not. Requests come at random moments at a fixed rate,
whatever becomes of those before them; time runs from the moment that a request was due. Exits with 1 where Moorgate's retries
exceed the budget, or another does better than it.
"""
import argparse, asyncio, json, multiprocessing, os, random, signal, subprocess, time
import peers

ENDPOINT, WORKERS, LIMIT, WARM = 22000, 8, 5, 30
PORT = {'moorgate': 15400, 'haproxy': 15410, 'envoy': 15420}
KINDS = (('well', 0.020, 0.0), ('slow', 0.100, 0.0), ('failing', 0.020, 0.5))  # mean seconds of an answer, share of 503
RATE = 0.9 * sum(WORKERS / seconds * (1 - failing) for _, seconds, failing in KINDS)


class Endpoint(asyncio.Protocol):
    """HTTP/1.1 without bodies, one request after the other on a connection."""
    def __init__(self, place, dice):
        self.place, self.dice, self.head = place, dice, b''

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.head += data
        if b'\r\n\r\n' in self.head:
            self.head = b''
            asyncio.ensure_future(self.answer())

    async def answer(self):
        _, seconds, failing = KINDS[self.place.number]
        async with self.place.workers:
            await asyncio.sleep(self.dice.expovariate(1 / seconds))
            self.place.asked += 1
            bad = self.dice.random() < failing
        status = b'503 Service Unavailable' if bad else b'200 OK'
        self.transport.write(b'HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n' % status)


class Place:
    def __init__(self, number):
        self.number, self.asked, self.workers = number, 0, asyncio.Semaphore(WORKERS)


class Counter(asyncio.Protocol):
    """Tells, and forgets, how often each endpoint was asked."""
    def __init__(self, places):
        self.places = places

    def connection_made(self, transport):
        transport.write(json.dumps([p.asked for p in self.places]).encode())
        for place in self.places:
            place.asked = 0
        transport.close()


def endpoints():
    async def serve():
        places = [Place(n) for n in range(len(KINDS))]
        loop, dice = asyncio.get_running_loop(), random.Random(3)
        for place in places:
            await loop.create_server(lambda place=place: Endpoint(place, dice), '127.0.0.1', ENDPOINT + place.number, backlog=1024)
        server = await loop.create_server(lambda: Counter(places), '127.0.0.1', ENDPOINT + len(KINDS))
        await server.serve_forever()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(serve())


async def asked():
    reader, writer = await asyncio.open_connection('127.0.0.1', ENDPOINT + len(KINDS))
    text = await reader.read()
    writer.close()
    return json.loads(text)


class Client(asyncio.Protocol):
    """A kept connection to a proxy, for one request at a time."""
    def connection_made(self, transport):
        self.transport, self.data, self.done = transport, b'', None

    def ask(self):
        self.done, self.data = asyncio.get_running_loop().create_future(), b''
        self.transport.write(b'GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n')
        return self.done

    def data_received(self, data):
        self.data += data
        head, end, body = self.data.partition(b'\r\n\r\n')
        if end and self.done and not self.done.done():
            length = next((int(l.split(b':')[1]) for l in head.lower().split(b'\r\n') if l.startswith(b'content-length:')), 0)
            if len(body) >= length:
                self.done.set_result(int(head.split(b' ')[1]))

    def connection_lost(self, error):
        if self.done and not self.done.done():
            self.done.set_result(0)


async def offer(port, seconds, seed):
    """Status and seconds of every request."""
    loop, dice, idle, results, open_ = asyncio.get_running_loop(), random.Random(seed), [], [], []

    async def one(due):
        client = idle.pop() if idle else None
        if client is None:
            try:
                _, client = await loop.create_connection(Client, '127.0.0.1', port)
            except OSError:
                results.append((0, loop.time() - due))
                return
        try:
            status = await asyncio.wait_for(client.ask(), 3 * LIMIT)
        except asyncio.TimeoutError:
            status = 0
        results.append((status, loop.time() - due))
        if status and not client.transport.is_closing():
            idle.append(client)
        else:
            client.transport.close()

    due, end = loop.time(), loop.time() + seconds
    while due < end:
        due += dice.expovariate(RATE)
        if due > loop.time():
            await asyncio.sleep(due - loop.time())
        open_.append(asyncio.ensure_future(one(due)))
    await asyncio.gather(*open_)
    for client in idle:
        client.transport.close()
    return results


def haproxy(port, budget):
    servers = '\n'.join(f'  server e{n} 127.0.0.1:{ENDPOINT + n}' for n in range(len(KINDS)))
    conf = peers.write('storm-haproxy.conf', f'''global
  nbthread 1
defaults
  mode http
  http-reuse always
  timeout connect 2s
  timeout client 60s
  timeout server {LIMIT}s
  timeout queue {LIMIT}s
frontend web
  bind 127.0.0.1:{port}
  default_backend app
backend app
  balance leastconn
  retries 2
  retry-on conn-failure empty-response 503
  option redispatch 1
{servers}
''')
    return [f'{peers.BIN}/haproxy-next', '-db', '-f', conf]


def envoy(port, budget):
    api = 'type.googleapis.com/envoy.'
    route = {'match': {'prefix': '/'}, 'route': {'cluster': 'app', 'timeout': f'{LIMIT}s', 'retry_policy': {
        'retry_on': 'connect-failure,reset,retriable-status-codes', 'retriable_status_codes': [503], 'num_retries': 2,
        'retry_host_predicate': [{'name': 'previous', 'typed_config': {
            '@type': api + 'extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'}}],
        'host_selection_retry_max_attempts': 5}}}
    hosts = [{'endpoint': {'address': {'socket_address': {'address': '127.0.0.1', 'port_value': ENDPOINT + n}}}} for n in range(len(KINDS))]
    conf = peers.write('storm-envoy.json', json.dumps({'static_resources': {
        'listeners': [{'name': 'web', 'address': {'socket_address': {'address': '127.0.0.1', 'port_value': port}},
                       'filter_chains': [{'filters': [{'name': 'hcm', 'typed_config': {
                           '@type': api + 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                           'stat_prefix': 'web', 'http_filters': [{'name': 'router', 'typed_config': {
                               '@type': api + 'extensions.filters.http.router.v3.Router'}}],
                           'route_config': {'virtual_hosts': [{'name': 'all', 'domains': ['*'], 'routes': [route]}]}}}]}]}],
        'clusters': [{'name': 'app', 'type': 'STATIC', 'lb_policy': 'LEAST_REQUEST', 'connect_timeout': '2s',
                      'circuit_breakers': {'thresholds': [{
                          **{k: 100000 for k in ('max_connections', 'max_pending_requests', 'max_requests')},
                          'retry_budget': {'budget_percent': {'value': budget}, 'min_retry_concurrency': 3}}]},
                      'load_assignment': {'cluster_name': 'app', 'endpoints': [{'lb_endpoints': hosts}]}}]}}))
    return [f'{peers.BIN}/envoy', '-c', conf, '--concurrency', '1', '-l', 'error', '--disable-hot-restart']


def moorgate(port, budget):
    slices = ''.join(f'''---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: app-{n}, namespace: shop, labels: {{kubernetes.io/service-name: app}}}}
addressType: IPv4
ports: [{{name: http, port: {ENDPOINT + n}}}]
endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]
''' for n in range(len(KINDS)))
    path = peers.write('storm-moorgate/shop.yaml', f'''{peers.gateway(port, 'shop')}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: shop, namespace: shop}}
spec:
  parentRefs: [{{name: edge}}]
  rules: [{{backendRefs: [{{name: app, port: 80}}]}}]
---
apiVersion: moorgate.dev/v1alpha1
kind: RoutePolicy
metadata: {{name: shop, namespace: shop}}
spec:
  targetRefs: [{{kind: HTTPRoute, name: shop}}]
  timeouts: {{request: {LIMIT}s}}
  retry: {{attempts: 2, statuses: [503], backoff: 0s, budget: {{percent: {budget}, floorPerSecond: 3}}}}
---
apiVersion: moorgate.dev/v1alpha1
kind: UpstreamPolicy
metadata: {{name: app, namespace: shop}}
spec:
  targetRefs: [{{kind: Service, name: app}}]
  balancing: {{algorithm: LeastRequest}}
  outlierDetection: {{consecutiveFailures: 0}}
---
apiVersion: v1
kind: Service
metadata: {{name: app, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}]}}
{slices}''')
    return [f'{peers.HERE}/../moorgate', 'serve', os.path.dirname(path), '--port-offset', '0', '--admin', f'127.0.0.1:{port + 9}',
            '--access-log', 'off', '--threads', '1', '--keys', f'{peers.CFG}/moorgate.keys']


def play(name, seconds, budget, seed):
    with open(f'{peers.OUT}/storm-{name}.log', 'w') as log:
        child = subprocess.Popen(['taskset', '-c', peers.PROXY_CPU] + globals()[name](PORT[name], budget),
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    try:
        peers.wait_port(PORT[name], child)

        async def run():
            await offer(PORT[name], WARM, seed)  # what a JVM and an average need to warm up
            await asked()
            results = await offer(PORT[name], seconds, seed)
            return results, await asked()
        results, counts = asyncio.run(run())
    finally:
        peers.end(child)
    took = sorted(t for _, t in results)
    at = lambda p: 1000 * took[min(len(took) - 1, int(len(took) * p))]
    return dict(requests=len(results), good=100 * sum(s == 200 for s, _ in results) / len(results), p50=at(.5), p99=at(.99),
                added=100 * (sum(counts) / len(results) - 1), shares=[100 * c / sum(counts) for c in counts])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('-s', '--seconds', type=int, default=30)
    p.add_argument('-b', '--budget', type=int, default=20, help='retries in percent of the requests')
    p.add_argument('-r', '--rounds', type=int, default=3)
    p.add_argument('names', nargs='*', default=['moorgate', 'haproxy', 'envoy'])
    a = p.parse_args()
    for folder in (peers.CFG, peers.RUN, peers.OUT):
        os.makedirs(folder, exist_ok=True)
    os.sched_setaffinity(0, {int(peers.LOAD_CPU)})
    if 'moorgate' in a.names:
        subprocess.run([f'{peers.HERE}/../moorgate', '--version'], check=True, stdout=subprocess.DEVNULL)
    served = multiprocessing.Process(target=endpoints)
    served.start()
    try:
        time.sleep(1)
        rows = {name: [] for name in a.names}
        for number in range(a.rounds):
            for name in a.names:
                rows[name].append(play(name, a.seconds, a.budget, number))
    finally:
        served.terminate()
        served.join()
    print(f'{RATE:.0f} requests/s, medians of {a.rounds} rounds of {a.seconds} s, budget {a.budget} %\n\n'
          '| | requests | answered well | p50 ms | p99 ms | added by retries | asked of well, slow, failing |\n| --- | --- | --- | --- | --- | --- | --- |')
    middle = {}
    for name, rs in rows.items():
        m = middle[name] = {k: sorted(r[k] for r in rs)[len(rs) // 2] for k in ('good', 'p50', 'p99', 'added')}
        shares = ', '.join(f'{sum(r["shares"][n] for r in rs) / len(rs):.0f} %' for n in range(len(KINDS)))
        print(f"| {name} | {sum(r['requests'] for r in rs):,} | {m['good']:.2f} % | {m['p50']:.0f} | {m['p99']:.0f} | {m['added']:.1f} % | {shares} |")
    worse = []
    if 'moorgate' in middle:
        ours = middle['moorgate']
        worse += ['its retries exceed the budget'] if ours['added'] > a.budget + 0.5 else []
        for name, theirs in middle.items():
            worse += [f'{name} answers more of them well'] if theirs['good'] > ours['good'] + 0.05 else []
            worse += [f'{name} has a lower p99'] if theirs['p99'] < 0.98 * ours['p99'] else []
    print('\n' + ('moorgate: ' + '; '.join(worse) if worse else 'nobody does better than moorgate'))
    raise SystemExit(1 if worse else 0)


if __name__ == '__main__':
    main()
