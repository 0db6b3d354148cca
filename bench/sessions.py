#!/usr/bin/env python3
"""Plays bench/sessions.json against real proxies: who sends clients to another pod than theirs?

usage: sessions.py [-n CLIENTS] [NAME...]      of moorgate, nginx, haproxy and envoy

The same script, and the same judgement, as the simulation in cli/src/test (docs/sessions.md). Each proxy runs as three processes
that share nothing; after each step every client sends its cookie to each of them and keeps the answer of one. Peers are
configured as well as they can be: draining pods keep their sessions and get no new ones. Time is not played ("hours"), nor are
keys, which the peers do not have.
"""
import argparse, http.client, json, os, random, subprocess, time
import peers

SCRIPT = json.load(open(f'{peers.HERE}/sessions.json'))
POD = 21000
REPLICA = {'moorgate': 15000, 'nginx': 15100, 'haproxy': 15200, 'envoy': 15300}


class Pods:
    def __init__(self):
        self.pods, self.made, self.weights = [], 0, (1, 0)
        self.add('stable', SCRIPT['pods'])

    def add(self, service, count):
        for _ in range(count):
            self.pods.append({'port': POD + self.made, 'service': service, 'draining': False,
                              'zone': SCRIPT['zones'][self.made % len(SCRIPT['zones'])]})
            self.made += 1

    def act(self, action):
        word, *rest = action.split()
        if word == 'add':
            self.add('stable', int(rest[0]))
        elif word == 'canary':
            self.add('canary', int(rest[0]))
        elif word == 'drain':
            for pod in [p for p in self.pods if p['service'] == 'stable' and not p['draining']][:int(rest[0])]:
                pod['draining'] = True
        elif word == 'remove':
            self.pods = [p for p in self.pods if not p['draining']]
        elif word == 'lose':
            self.pods = [p for p in self.pods if p['zone'] != rest[0]]
        elif word == 'weights':
            self.weights = int(rest[0]), int(rest[1])

    def weight(self, pod):
        """For proxies that know no split: each pod's share of what its service gets; 0 keeps sessions and takes no new ones."""
        of = lambda service: len([p for p in self.pods if p['service'] == service and not p['draining']]) or 1
        stable = pod['service'] == 'stable'
        return 0 if pod['draining'] else self.weights[0] * of('canary') if stable else self.weights[1] * of('stable')


def nginx(port, pods):
    servers = ''.join(f" server 127.0.0.1:{p['port']} {'drain' if pods.weight(p) == 0 else 'weight=%d' % pods.weight(p)};"
                      for p in pods.pods)
    conf = peers.write(f'sessions-nginx-{port}.conf', f'''daemon off; worker_processes 1; pid {peers.RUN}/nginx-{port}.pid;
error_log {peers.OUT}/sessions-nginx.err error; events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 10000000; upstream app {{ zone app 512k;{servers} sticky cookie sid path=/; }}
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}''')
    return [f'{peers.BIN}/nginx-sticky', '-p', peers.RUN, '-c', conf]


def haproxy(port, pods):
    servers = '\n'.join(f"  server p{p['port']} 127.0.0.1:{p['port']} cookie p{p['port']} weight {pods.weight(p)}" for p in pods.pods)
    conf = peers.write(f'sessions-haproxy-{port}.conf', f'''global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:{port}
  default_backend app
backend app
  balance roundrobin
  option redispatch
  cookie sid insert indirect nocache
{servers}
''')
    return [f'{peers.BIN}/haproxy-next', '-db', '-f', conf]


def envoy(port, pods):
    api = 'type.googleapis.com/envoy.'
    sticky = {'name': 'envoy.filters.http.stateful_session', 'typed_config': {
        '@type': api + 'extensions.filters.http.stateful_session.v3.StatefulSession',
        'session_state': {'name': 'envoy.http.stateful_session.cookie', 'typed_config': {
            '@type': api + 'extensions.http.stateful_session.cookie.v3.CookieBasedSessionState',
            'cookie': {'name': 'sid', 'path': '/', 'ttl': '0s'}}}}}
    router = {'name': 'router', 'typed_config': {'@type': api + 'extensions.filters.http.router.v3.Router'}}
    hosts = [{'endpoint': {'address': {'socket_address': {'address': '127.0.0.1', 'port_value': p['port']}}},
              'load_balancing_weight': max(1, pods.weight(p)),
              'health_status': 'DRAINING' if pods.weight(p) == 0 else 'HEALTHY'} for p in pods.pods]
    conf = peers.write(f'sessions-envoy-{port}.json', json.dumps({'static_resources': {
        'listeners': [{'name': 'web', 'address': {'socket_address': {'address': '127.0.0.1', 'port_value': port}},
                       'filter_chains': [{'filters': [{'name': 'hcm', 'typed_config': {
                           '@type': api + 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                           'stat_prefix': 'web', 'http_filters': [sticky, router], 'route_config': {'virtual_hosts': [
                               {'name': 'all', 'domains': ['*'], 'routes': [
                                   {'match': {'prefix': '/'}, 'route': {'cluster': 'app'}}]}]}}}]}]}],
        'clusters': [{'name': 'app', 'type': 'STATIC', 'lb_policy': 'ROUND_ROBIN',
                      'common_lb_config': {'override_host_status': {'statuses': ['UNKNOWN', 'HEALTHY', 'DEGRADED', 'DRAINING']}},
                      'load_assignment': {'cluster_name': 'app', 'endpoints': [{'lb_endpoints': hosts}]}}]}}))
    return [f'{peers.BIN}/envoy', '-c', conf, '--concurrency', '1', '-l', 'error', '--disable-hot-restart']


def manifests(port, pods):
    """What a cluster would hold; written whole and put in place at once."""
    def slice_of(service):
        each = ''.join(f'''---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: pod-{p['port']}, namespace: shop, labels: {{kubernetes.io/service-name: {service}}}}}
addressType: IPv4
ports: [{{name: http, port: {p['port']}}}]
endpoints:
  - addresses: [127.0.0.1]
    conditions: {{ready: {str(not p['draining']).lower()}, serving: true, terminating: {str(p['draining']).lower()}}}
    targetRef: {{kind: Pod, name: pod-{p['port']}, uid: u{p['port']}}}
''' for p in pods.pods if p['service'] == service)
        return f'''---
apiVersion: v1
kind: Service
metadata: {{name: {service}, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}]}}
{each}'''
    text = f'''{peers.gateway(port, 'shop')}---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: shop, namespace: shop}}
spec:
  parentRefs: [{{name: edge}}]
  rules:
    - backendRefs: [{{name: stable, port: 80, weight: {pods.weights[0]}}}, {{name: canary, port: 80, weight: {pods.weights[1]}}}]
---
apiVersion: moorgate.dev/v1alpha1
kind: StickyPolicy
metadata: {{name: shop, namespace: shop}}
spec:
  targetRefs: [{{kind: HTTPRoute, name: shop}}]
  cookie: {{name: sid}}
  trafficSplit: StickToBackend
{slice_of('stable')}{slice_of('canary')}'''
    folder = f'{peers.CFG}/sessions-moorgate-{port}'
    peers.write(f'sessions-moorgate-{port}.new', text)
    os.makedirs(folder, exist_ok=True)
    os.replace(f'{peers.CFG}/sessions-moorgate-{port}.new', f'{folder}/shop.yaml')
    return folder


def moorgate(port, pods):
    return [f'{peers.HERE}/../moorgate', 'serve', manifests(port, pods), '--port-offset', '0', '--admin', f'127.0.0.1:{port + 50}',
            '--access-log', 'off', '--keys', f'{peers.CFG}/moorgate.keys']


class Proxies:
    """The replicas of one proxy. Moorgate is told of changes; the others, which keep nothing either, begin anew with theirs."""
    def __init__(self, name, pods):
        self.name, self.pods = name, pods
        self.ports = [REPLICA[name] + i for i in range(SCRIPT['replicas'])]
        self.children = {}
        if name == 'moorgate':
            subprocess.run([f'{peers.HERE}/../moorgate', '--version'], check=True, stdout=subprocess.DEVNULL)
        self.restart()

    def restart(self):
        self.stop()
        for port in self.ports:
            command = globals()[self.name](port, self.pods)
            with open(f'{peers.OUT}/sessions-{self.name}.log', 'a') as log:
                self.children[port] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for port, child in self.children.items():
            peers.wait_port(port, child)
        self.connections = {port: http.client.HTTPConnection('127.0.0.1', port, timeout=10) for port in self.ports}

    def change(self):
        if self.name != 'moorgate':
            self.restart()
            return
        wanted = sorted((p['port'], p['draining']) for p in self.pods.pods), self.pods.weights
        for port in self.ports:
            manifests(port, self.pods)
        for port in self.ports:
            end = time.time() + 20
            while self.told(port) != wanted:
                if time.time() > end:
                    raise SystemExit(f'moorgate on {port} does not take what changed')
                time.sleep(0.02)

    def told(self, port):
        """What a replica of Moorgate runs with now."""
        admin = http.client.HTTPConnection('127.0.0.1', port + 50, timeout=5)
        admin.request('GET', '/upstreams')
        upstreams = json.loads(admin.getresponse().read())['upstreams']
        admin.request('GET', '/table')
        table = json.loads(admin.getresponse().read())
        admin.close()
        pods = sorted((int(e['address'].rpartition(':')[2]), e['state'] == 'draining') for u in upstreams for e in u['endpoints'])
        weights = tuple(s['weight'] for listener in table['listeners'] for host in listener['virtualHosts'] for route in host['routes']
                        for s in route['forward']['upstreams'])
        return pods, weights

    def ask(self, port, cookie):
        """The pod that answered, and the cookie to keep."""
        c = self.connections[port]
        c.request('GET', '/', headers={'Host': 'shop.example', **({'Cookie': f'sid={cookie}'} if cookie else {})})
        reply = c.getresponse()
        body = reply.read().decode()
        if reply.status != 200:
            raise SystemExit(f'{self.name}: {reply.status} {body}')
        made = [f.split(';')[0].partition('=')[2] for f in (reply.headers.get_all('Set-Cookie') or ()) if f.startswith('sid=')]
        return int(body), made[0] if made else cookie

    def stop(self):
        peers.end(*self.children.values())
        self.children = {}


def visits(proxies, clients, dice):
    alive = {p['port']: p for p in proxies.pods.pods}
    sums = dict(requests=0, gone=0, moved=0, disagreed=0, misplaced=0)
    for client in clients:
        # Who has no session yet asks one replica: others would begin further ones.
        asked = proxies.ports if 'home' in client else [dice.choice(proxies.ports)]
        answers = {port: proxies.ask(port, client.get('cookie')) for port in asked}
        home, went = client.get('home'), {pod for pod, _ in answers.values()}
        stays = home in alive
        sums['requests'] += len(answers)
        sums['gone'] += home is not None and not stays
        sums['moved'] += sum(stays and pod != home for pod, _ in answers.values())
        sums['disagreed'] += home is not None and len(went) > 1
        sums['misplaced'] += not stays and any(alive[pod]['draining'] for pod in went)
        client['home'], client['cookie'] = answers[dice.choice(asked)]
    return sums


def play(name, count):
    dice, pods = random.Random(5), Pods()
    proxies = Proxies(name, pods)
    clients = [{} for _ in range(count)]
    try:
        yield 'the first requests', visits(proxies, clients, dice)
        for part in SCRIPT['parts']:
            if any('hours' in step for step in part['steps']):
                continue
            sums = {}
            for step in part['steps'] * part.get('times', 1):
                if step == 'restart':
                    proxies.restart()
                else:
                    for action in step.split(', '):
                        pods.act(action)
                    if step != 'wait':
                        proxies.change()
                for _ in range(count * SCRIPT['churnPercent'] // 100):
                    clients[dice.randrange(count)] = {}
                for key, value in visits(proxies, clients, dice).items():
                    sums[key] = sums.get(key, 0) + value
            yield part['name'], sums
    finally:
        proxies.stop()


def backend(ports):
    servers = ''.join(f'server {{ listen 127.0.0.1:{p} backlog=1024; return 200 "{p}"; }}\n' for p in ports)
    conf = peers.write('sessions-backend.conf', f'''daemon off; worker_processes 1; pid {peers.RUN}/sessions-backend.pid;
error_log {peers.OUT}/sessions-backend.err error; worker_rlimit_nofile 20000; events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 100000000; default_type text/plain; {servers} }}''')
    child = subprocess.Popen([f'{peers.BIN}/nginx-next', '-p', peers.RUN, '-c', conf])
    peers.wait_port(ports[-1], child)
    return child


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('-n', '--clients', type=int, default=1000)
    p.add_argument('names', nargs='*', default=['moorgate', 'nginx', 'haproxy', 'envoy'])
    a = p.parse_args()
    for folder in (peers.CFG, peers.RUN, peers.OUT):
        os.makedirs(folder, exist_ok=True)
    pods = backend(range(POD, POD + 80))
    try:
        print('| | | requests | lost: pod gone | moved without need | replicas disagree | began on a draining pod |\n'
              '| --- | --- | --- | --- | --- | --- | --- |', flush=True)
        for name in a.names:
            for part, s in play(name, a.clients):
                print(f"| {name} | {part} | {s['requests']:,} | {s['gone']:,} | {s['moved']:,} | {s['disagreed']:,} | {s['misplaced']:,} |",
                      flush=True)
    finally:
        pods.terminate()
        pods.wait()


if __name__ == '__main__':
    main()
