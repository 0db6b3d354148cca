"""Configurations of Moorgate, its peers and their backends; starts and stops them.

Every proxy listens on four ports from its base: +0 HTTP in clear, +1 TLS 1.3 (ECDSA P-256) with HTTP/2 and HTTP/1.1, +2 gRPC over
HTTP/2 in clear, +3 gRPC over TLS. Each serves the same N routes (N/10 hosts of ten path prefixes) over one upstream of three
endpoints, and one service of gRPC over another, keeps sticky sessions by cookie, writes the X-Forwarded family, keeps metrics, and
writes an access log to a file. "policies" is Moorgate with a RoutePolicy and an UpstreamPolicy on all of it, "dataplane" the
process that a pod has, from the files and with the flags of the image (image/build makes them), without the compiler beside it. Proxies run on CPU 0 with one worker; backends and load run on CPU 1.
"""
import base64, json, os, shutil, signal, socket, subprocess, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
DIR = os.environ.get('BENCH_DIR', os.path.join(tempfile.gettempdir(), 'moorgate-bench'))
CFG, RUN, BIN, OUT = (f'{DIR}/{d}' for d in ('cfg', 'run', 'bin', 'out'))
H1 = (9001, 9002, 9003)
GRPC = (9011, 9012, 9013)
ACCESS_LOG = True
BASE = {'nginx': 10200, 'haproxy': 10400, 'envoy': 10500, 'relay': 10800, 'moorgate': 14000, 'policies': 14400, 'dataplane': 14800}
PROXY_CPU, LOAD_CPU = os.environ.get('PROXY_CPU', '0'), os.environ.get('LOAD_CPU', '1')


def port(name, offset=0):
    name, _, routes = name.partition('@')
    return BASE[name] + offset + 10 * len(routes)


def hosts(n):
    """n routes as n/10 hosts with ten path prefixes each."""
    return [(f'h{i}.example', [f'/p{j}' for j in range(min(10, n))]) for i in range(max(1, n // 10))]


def write(path, text):
    path = f'{CFG}/{path}'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as f:
        f.write(text)
    return path


def nginx(name, b, n):
    # The open nginx of this Debian issues no sticky cookie: it hashes one that the client brings, which costs it less.
    servers = lambda ports: ''.join(f' server 127.0.0.1:{p};' for p in ports)
    log = f'access_log {OUT}/{name}.access combined buffer=64k flush=1s' if ACCESS_LOG else 'access_log off'
    proxy = '''proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Request-Id $request_id;'''
    blocks = ''.join(f'server {{ listen 127.0.0.1:{b}; listen 127.0.0.1:{b + 1} ssl; http2 on; server_name {h};\n'
                     + ''.join(f'  location {p}/ {{ {proxy} }}\n' for p in paths) + '}\n' for h, paths in hosts(n))
    conf = write(f'{name}.conf', f'''
daemon off; worker_processes 1; pid {RUN}/{name}.nginx; error_log {OUT}/{name}.err error; worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
  {log}; sendfile on; tcp_nopush on; keepalive_requests 100000000; server_tokens off; http2_max_concurrent_streams 1000;
  server_names_hash_max_size 65536; server_names_hash_bucket_size 128; variables_hash_max_size 2048;
  ssl_protocols TLSv1.3; ssl_session_cache shared:s:10m; ssl_certificate {CFG}/ecdsa.crt; ssl_certificate_key {CFG}/ecdsa.key;
  upstream app {{ hash $cookie_bench consistent;{servers(H1)} keepalive 256; keepalive_requests 100000000; }}
  upstream calls {{{servers(GRPC)} keepalive 1024; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{b + 2}; listen 127.0.0.1:{b + 3} ssl; http2 on; location / {{ grpc_pass grpc://calls; }} }}
  server {{ listen 127.0.0.1:{b + 9}; location / {{ stub_status; }} }}
  {blocks}
}}''')
    return [f'{BIN}/nginx-next', '-p', RUN, '-c', conf]


def haproxy(name, b, n):
    routes = write(f'{name}.map', ''.join(f'{h}{p}/ app\n' for h, paths in hosts(n) for p in paths))
    server = '\n'.join(f'  server s{p} 127.0.0.1:{p} cookie s{p}' for p in H1)
    calls = '\n'.join(f'  server g{p} 127.0.0.1:{p} proto h2' for p in GRPC)
    # it has no log file but its standard output
    to_stdout, log = ('log stdout format raw local0', 'log global\n  option httplog') if ACCESS_LOG else ('', '')
    conf = write(f'{name}.conf', f'''
global
  {to_stdout}
  tune.h2.max-concurrent-streams 1000
  nbthread 1
  maxconn 5000
  ssl-default-bind-options ssl-min-ver TLSv1.3
  stats socket {RUN}/{name}.sock
defaults
  mode http
  {log}
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:{b}
  bind 127.0.0.1:{b + 1} ssl crt {CFG}/ecdsa.pem alpn h2,http/1.1
  option forwardfor
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http if !{{ ssl_fc }}
  http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Real-IP %[src]
  use_backend %[base,map_beg({routes})]
backend app
  balance roundrobin
  cookie bench insert indirect nocache
{server}
frontend grpc
  bind 127.0.0.1:{b + 2} proto h2
  bind 127.0.0.1:{b + 3} ssl crt {CFG}/ecdsa.pem alpn h2
  option forwardfor
  default_backend calls
backend calls
  balance roundrobin
{calls}
''')
    return [f'{BIN}/haproxy-next', '-db', '-f', conf]


def envoy(name, b, n):
    api = 'type.googleapis.com/envoy.'
    vhosts = [{'name': h, 'domains': [h, f'{h}:*'], 'routes': [
        {'match': {'prefix': p + '/'}, 'route': {'cluster': 'app'}} for p in paths]} for h, paths in hosts(n)]
    sticky = {'name': 'envoy.filters.http.stateful_session', 'typed_config': {
        '@type': api + 'extensions.filters.http.stateful_session.v3.StatefulSession',
        'session_state': {'name': 'envoy.http.stateful_session.cookie', 'typed_config': {
            '@type': api + 'extensions.http.stateful_session.cookie.v3.CookieBasedSessionState',
            'cookie': {'name': 'bench', 'path': '/', 'ttl': '3600s'}}}}}
    headers = [{'header': {'key': k, 'value': v}, 'append_action': 'OVERWRITE_IF_EXISTS_OR_ADD'} for k, v in (
        ('x-forwarded-host', '%REQ(:authority)%'), ('x-forwarded-port', '%DOWNSTREAM_LOCAL_PORT%'),
        ('x-real-ip', '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'))]

    log = [{'name': 'file', 'typed_config': {'@type': api + 'extensions.access_loggers.file.v3.FileAccessLog',
                                             'path': f'{OUT}/{name}.access'}}] if ACCESS_LOG else []
    calls = [{'name': 'all', 'domains': ['*'], 'routes': [{'match': {'prefix': '/'}, 'route': {'cluster': 'calls'}}]}]

    def listener(lname, p, tls, routes=None, codec='AUTO', alpn=('h2', 'http/1.1')):
        chain = {'filters': [{'name': 'hcm', 'typed_config': {
            '@type': api + 'extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
            'stat_prefix': lname, 'codec_type': codec, 'use_remote_address': True, 'generate_request_id': True,
            'access_log': log, 'http2_protocol_options': {'max_concurrent_streams': 1000},
            'route_config': {'name': lname, 'virtual_hosts': routes or vhosts, 'request_headers_to_add': headers},
            'http_filters': ([] if routes else [sticky]) + [{'name': 'router', 'typed_config': {
                '@type': api + 'extensions.filters.http.router.v3.Router', 'suppress_envoy_headers': True}}]}}]}
        if tls:
            chain['transport_socket'] = {'name': 'tls', 'typed_config': {
                '@type': api + 'extensions.transport_sockets.tls.v3.DownstreamTlsContext', 'common_tls_context': {
                    'alpn_protocols': list(alpn),
                    'tls_params': {'tls_minimum_protocol_version': 'TLSv1_3', 'tls_maximum_protocol_version': 'TLSv1_3'},
                    'tls_certificates': [{'certificate_chain': {'filename': f'{CFG}/ecdsa.crt'},
                                          'private_key': {'filename': f'{CFG}/ecdsa.key'}}]}}}
        return {'name': lname, 'filter_chains': [chain],
                'address': {'socket_address': {'address': '127.0.0.1', 'port_value': p}}}

    def cluster(cname, ports, protocol):
        return {'name': cname, 'type': 'STATIC', 'lb_policy': 'ROUND_ROBIN', 'connect_timeout': '5s',
                'circuit_breakers': {'thresholds': [{k: 100000 for k in (
                    'max_connections', 'max_pending_requests', 'max_requests', 'max_retries')}]},
                'typed_extension_protocol_options': {'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
                    '@type': api + 'extensions.upstreams.http.v3.HttpProtocolOptions',
                    'explicit_http_config': {protocol: {}}}},
                'load_assignment': {'cluster_name': cname, 'endpoints': [{'lb_endpoints': [
                    {'endpoint': {'address': {'socket_address': {'address': '127.0.0.1', 'port_value': p}}}}
                    for p in ports]}]}}

    conf = write(f'{name}.json', json.dumps({'static_resources': {
        'listeners': [listener('web', b, False), listener('tls', b + 1, True), listener('grpc', b + 2, False, calls, 'HTTP2'),
                      listener('grpcs', b + 3, True, calls, alpn=('h2',))],
        'clusters': [cluster('app', H1, 'http_protocol_options'), cluster('calls', GRPC, 'http2_protocol_options')]}}))
    return [f'{BIN}/envoy', '-c', conf, '--concurrency', '1', '-l', 'error', '--disable-hot-restart']


POLICIES = '''---
apiVersion: moorgate.dev/v1alpha1
kind: RoutePolicy
metadata: {name: edge, namespace: bench}
spec:
  targetRefs: [{kind: Gateway, name: edge}]
  timeouts: {request: 30s, perTry: 10s}
  retry: {attempts: 2, statuses: [502, 503], budget: {percent: 20}}
  bodyLimit: 10485760
  rateLimit: {requests: 1000000, per: 1s}
  clients: {deny: [192.0.2.0/24, 198.51.100.0/24, "2001:db8::/32"]}
---
apiVersion: moorgate.dev/v1alpha1
kind: UpstreamPolicy
metadata: {name: app, namespace: bench}
spec:
  targetRefs: [{kind: Service, name: app}]
  balancing: {algorithm: LeastRequest, slowStart: {window: 10s}}
  healthCheck: {type: TCP}
  outlierDetection: {consecutiveErrors: 5, successRate: {}}
  circuitBreaker: {requests: 10000, retries: 100}
'''


def gateway(port, namespace):
    """A GatewayClass of ours, and a Gateway with one port in clear."""
    return f'''apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {{name: moorgate}}
spec: {{controllerName: moorgate.dev/gateway-controller}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: edge, namespace: {namespace}}}
spec:
  gatewayClassName: moorgate
  listeners:
    - {{name: http, protocol: HTTP, port: {port}}}
'''


def manifests(name, b, n):
    """The same routes as HTTPRoutes of one Gateway, one file a host."""
    folder = f'{CFG}/{name}'
    if os.path.isdir(folder):
        for f in os.listdir(folder):
            os.remove(f'{folder}/{f}')
    b64 = lambda kind: base64.b64encode(open(f'{CFG}/ecdsa.{kind}', 'rb').read()).decode()
    slices = '\n'.join(f'''---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {service}-{p}, namespace: bench, labels: {{kubernetes.io/service-name: {service}}}}}
addressType: IPv4
ports: [{{name: {service}, port: {p}}}]
endpoints: [{{addresses: ["127.0.0.1"], conditions: {{ready: true}}}}]''' for service, ports in (('app', H1), ('calls', GRPC)) for p in ports)
    write(f'{name}/00-base.yaml', f'''{gateway(b, 'bench')}    - {{name: https, protocol: HTTPS, port: {b + 1}, tls: {{certificateRefs: [{{name: tls}}]}}}}
    - {{name: grpc, protocol: HTTP, port: {b + 2}}}
    - {{name: grpcs, protocol: HTTPS, port: {b + 3}, tls: {{certificateRefs: [{{name: tls}}]}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {{name: calls, namespace: bench}}
spec:
  parentRefs: [{{name: edge, sectionName: grpc}}, {{name: edge, sectionName: grpcs}}]
  rules: [{{backendRefs: [{{name: calls, port: 80}}]}}]
---
apiVersion: v1
kind: Service
metadata: {{name: calls, namespace: bench}}
spec: {{ports: [{{name: calls, port: 80, appProtocol: kubernetes.io/h2c}}]}}
---
apiVersion: v1
kind: Secret
metadata: {{name: tls, namespace: bench}}
type: kubernetes.io/tls
data: {{tls.crt: {b64('crt')}, tls.key: {b64('key')}}}
---
apiVersion: v1
kind: Service
metadata: {{name: app, namespace: bench}}
spec: {{ports: [{{name: app, port: 80}}]}}
{slices}
---
apiVersion: moorgate.dev/v1alpha1
kind: StickyPolicy
metadata: {{name: app, namespace: bench}}
spec:
  targetRefs: [{{group: "", kind: Service, name: app}}]
  mode: Cookie
  cookie: {{name: bench}}
{POLICIES if name.startswith('policies') else ''}''')
    for h, paths in hosts(n):
        rules = '\n'.join(f'''    - matches: [{{path: {{type: PathPrefix, value: {p}}}}}]
      backendRefs: [{{name: app, port: 80}}]''' for p in paths)
        write(f'{name}/{h}.yaml', f'''apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {h.split('.')[0]}, namespace: bench}}
spec:
  parentRefs: [{{name: edge, sectionName: http}}, {{name: edge, sectionName: https}}]
  hostnames: [{h}]
  rules:
{rules}
''')
    return folder


def moorgate(name, b, n):
    return [os.path.join(HERE, '..', 'moorgate'), 'serve', manifests(name, b, n), '--port-offset', '0',
            '--admin', f'127.0.0.1:{b + 9}', '--access-log', 'json' if ACCESS_LOG else 'off', '--access-log-file', f'{OUT}/{name}.access', '--keys', f'{CFG}/moorgate.keys']


def dataplane(name, b, n):
    """The tables are compiled and pushed by a second process that ends then."""
    at = os.path.realpath(os.path.join(HERE, '..', 'image'))
    run = f'{RUN}/{name}'
    shutil.rmtree(run, ignore_errors=True)
    os.makedirs(run, 0o700)
    script = write(f'{name}.sh', f'''set -eu
. {at}/root/moorgate/bin/jvm
java={at}/target/layers/runtime/moorgate/runtime/bin/java
[ -x "$java" ] || {{ echo "image/build comes first" >&2; exit 1; }}
flags=$(dataplane_options 1 {at}/target/layers/lib/moorgate/dataplane.aot | sed 's# /moorgate/lib/# {at}/target/layers/lib/moorgate/lib/#')
$java $flags dev.moorgate.cli.ManifestPush {run}/control.sock 0 {CFG}/moorgate.keys {manifests(name, b, n)} &
exec $java $flags dev.moorgate.dataplane.DataPlaneMain
''')
    return ['env', 'MOORGATE_EVENT_LOOPS=1', f'MOORGATE_CONTROL_SOCKET={run}/control.sock', f'MOORGATE_LAST_GOOD={run}/last-good', f'MOORGATE_SPILL={run}/spill',
            'MOORGATE_OWNER=bench', f'MOORGATE_ADMIN=127.0.0.1:{b + 9}', f'MOORGATE_ACCESS_LOG={OUT}/{name}.access', 'sh', script]


def backends():
    blocks = ''.join(f'''server {{ listen 127.0.0.1:{p} backlog=4096; root {DIR}/www; location / {{ return 200 "hello from {p}\\n"; }}
    location ~ /100k$ {{ try_files /100k =404; }} }}\n''' for p in H1)
    conf = write('backend.conf', f'''daemon off; worker_processes 1; pid {RUN}/backend.nginx; error_log {OUT}/backend.err error;
worker_rlimit_nofile 20000; events {{ worker_connections 8192; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; keepalive_timeout 600s; default_type text/plain;
open_file_cache max=16; {blocks} }}''')
    return [f'{BIN}/nginx-next', '-p', RUN, '-c', conf]


def command(name):
    kind, _, routes = name.partition('@')
    if kind == 'backend':
        return backends()
    if kind == 'calls':
        return [f'{BIN}/calls'] + [f'127.0.0.1:{p}' for p in GRPC]
    b, n = port(name), int(routes or 1000)
    if kind == 'relay':
        return [f'{BIN}/relay', str(b), str(H1[0])]
    return {'nginx': nginx, 'haproxy': haproxy, 'envoy': envoy, 'moorgate': moorgate, 'policies': moorgate, 'dataplane': dataplane}[kind](name, b, n)


def pid_of(name):
    try:
        pid = int(open(f'{RUN}/{name}.pid').read())
        return pid if open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0] != 'Z' else None
    except (OSError, ValueError):
        return None


def wait_port(p, child, limit=120):
    end = time.time() + limit
    while time.time() < end:
        try:
            socket.create_connection(('127.0.0.1', p), 1).close()
            return
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.005)
    raise SystemExit(f'nothing listens on {p}: see {OUT}')


def end(*children):
    """Asks all of them to end, and those that do not are killed."""
    for child in children:
        child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


CHILDREN = {}
NICE = None


def prefer(pid):
    """Linux weighs sessions, not processes, against each other where autogroups are on; each proxy is a session of its own."""
    if NICE is not None:
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
        if os.path.exists(f'/proc/{pid}/autogroup'):
            with open(f'/proc/{pid}/autogroup', 'w') as f:
                f.write(str(NICE))


def prefer_threads(pid):
    """A JVM that sets its threads' priorities sets them to fixed ones, whatever it was given: what it made of them holds among them."""
    for thread in map(int, os.listdir(f'/proc/{pid}/task') if NICE is not None else ()):
        own = os.getpriority(os.PRIO_PROCESS, thread)
        if own - NICE > 7:  # not what it was given
            os.setpriority(os.PRIO_PROCESS, thread, own + NICE)


def start(name):
    if pid_of(name):
        return
    for d in (RUN, CFG, OUT):
        os.makedirs(d, exist_ok=True)
    back = {'backend': H1, 'calls': GRPC}
    cpu = LOAD_CPU if name in back else PROXY_CPU
    with open(f'{OUT}/{name}.log', 'w') as log:
        child = subprocess.Popen(['taskset', '-c', cpu] + command(name), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=dict(os.environ, GOMAXPROCS='1'), start_new_session=True)
    CHILDREN[name] = child
    prefer(child.pid)
    open(f'{RUN}/{name}.pid', 'w').write(str(child.pid))
    for p in back.get(name) or range(port(name), port(name) + (1 if name == 'relay' else 4)):
        wait_port(p, child)
    prefer_threads(child.pid)


def stop(name):
    pid = pid_of(name)
    if pid:
        os.kill(pid, signal.SIGTERM)
        for _ in range(4000):
            if name in CHILDREN:
                CHILDREN[name].poll()
            if pid_of(name) is None:
                break
            time.sleep(0.01)
        else:
            os.kill(pid, signal.SIGKILL)
    if os.path.exists(f'{RUN}/{name}.pid'):
        os.remove(f'{RUN}/{name}.pid')


def stop_all():
    for f in sorted(os.listdir(RUN)) if os.path.isdir(RUN) else ():
        if f.endswith('.pid'):
            stop(f[:-4])
