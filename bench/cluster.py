#!/usr/bin/env python3
"""What the size of a cluster costs: changes of routes and endpoints until every replica serves them, memory, and idle CPU.

    testbed/kit bench/cluster.py --namespace NS --release NAME --routes 1000 [--changes 200] [--keep]

Needs a release that runs (its GatewayClass is named after it), kubectl, and the pod network within reach. Makes a namespace with a Gateway, that
many HTTPRoutes, half as many Services and two times as many endpoints. Time runs from the request that changes the object to the moment at which
the last replica answers accordingly, asked directly every few milliseconds on a kept connection.
"""

import argparse
import base64
import concurrent.futures
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time

PLACE = "bench-scale"
GROUP = "/apis/gateway.networking.k8s.io/v1"


class Api:
    """The API server that KUBECONFIG names, on one connection a thread."""

    def __init__(self):
        config = json.loads(kubectl("config", "view", "--raw", "--minify", "-o", "json"))
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.host = cluster["server"].removeprefix("https://")
        self.tls = ssl.create_default_context(cafile=kept(cluster, "certificate-authority"))
        self.tls.load_cert_chain(kept(user, "client-certificate"), kept(user, "client-key"))
        self.local = threading.local()

    def ask(self, method, path, body=None, kind="application/json"):
        connection = getattr(self.local, "connection", None)
        # the API server closes what has been idle for some minutes
        if connection is None or time.monotonic() - self.local.used > 60:
            connection = self.local.connection = http.client.HTTPSConnection(self.host, context=self.tls)
        connection.request(method, path, body and json.dumps(body), {"Content-Type": kind})
        response = connection.getresponse()
        self.local.used = time.monotonic()
        content = response.read()
        if response.status >= 300 and response.status != 409:
            raise SystemExit(f"{method} {path}: {response.status} {content[:300]}")
        return json.loads(content)

    def patch(self, path, body):
        return self.ask("PATCH", path, body, "application/merge-patch+json")


def kept(part, name):
    """The file that a kubeconfig names, or one with what it holds."""
    if name in part:
        return part[name]
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(base64.b64decode(part[name + "-data"]))
    return file.name


def kubectl(*arguments):
    return subprocess.run(["kubectl", *arguments], check=True, capture_output=True, text=True).stdout


def route(number, version):
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": f"r{number}", "namespace": PLACE},
        "spec": {
            "parentRefs": [{"name": "gate"}],
            "hostnames": [f"r{number}.example.com"],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                    "filters": [
                        {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [{"name": "x-version", "value": version}]}}
                    ],
                    "backendRefs": [{"name": f"s{number // 2}", "port": 80}],
                }
            ],
        },
    }


def service(number):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{number}", "namespace": PLACE}, "spec": {"ports": [{"port": 80}]}}


def slice_of(number, addresses):
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": f"s{number}-1", "namespace": PLACE, "labels": {"kubernetes.io/service-name": f"s{number}"}},
        "addressType": "IPv4",
        "ports": [{"port": 3000}],
        "endpoints": [{"addresses": [a], "conditions": {"ready": True}} for a in addresses],
    }


class Replica:
    """One pod, asked on a connection of its own."""

    def __init__(self, address, port):
        self.connection = http.client.HTTPConnection(address, port, timeout=10)

    def ask(self, host):
        self.connection.request("GET", "/", headers={"Host": host})
        response = self.connection.getresponse()
        return response.status, response.getheader("x-version"), response.read().decode()


def until(replicas, host, holds):
    """Asks every replica until each answers as wanted; wrong is told apart from old."""
    for replica in replicas:
        while not holds(*replica.ask(host)):
            time.sleep(0.002)


def told(name, seconds):
    seconds.sort()
    rank = lambda share: seconds[min(len(seconds) - 1, int(len(seconds) * share))] * 1000
    print(f"{name}: {len(seconds)} changes, median {rank(0.5):.0f} ms, p90 {rank(0.9):.0f}, p99 {rank(0.99):.0f}, worst {seconds[-1] * 1000:.0f}", flush=True)


def in_pod(arguments, pod, container, *command):
    return kubectl("-n", arguments.namespace, "exec", pod, "-c", container, "--", *command)


def processes(arguments, pod, container):
    """Resident memory and CPU time so far of the JVM in a container."""
    script = 'for f in /proc/[0-9]*/comm; do read -r c <$f; if [ "$c" = java ]; then d=${f%/comm}; cat $d/status $d/stat; fi; done'
    text = in_pod(arguments, pod, container, "/bin/sh", "-c", script)
    resident = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS"))
    ticks = text.splitlines()[-1].rpartition(")")[2].split()
    return resident / 1024, (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def echo():
    return kubectl("-n", PLACE, "get", "pod", "echo", "-o", "jsonpath={.status.podIP}")


def make(api, arguments):
    kubectl("create", "namespace", PLACE)
    api.ask("POST", f"/api/v1/namespaces/{PLACE}/pods", {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "echo", "labels": {"app": "echo"}},
        "spec": {"containers": [{"name": "echo", "image": arguments.echo, "imagePullPolicy": "IfNotPresent"}]}})
    api.ask("POST", f"{GROUP}/namespaces/{PLACE}/gateways", {
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "gate"},
        "spec": {"gatewayClassName": arguments.release, "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}})
    kubectl("-n", PLACE, "wait", "--for=condition=Ready", "pod/echo", "--timeout=120s")
    pod = echo()
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = []
        for number in range(arguments.routes // 2):
            # nobody is at the others' addresses: they only have to be known
            addresses = [pod] if number == 0 else [f"10.{200 + n}.{number // 250}.{number % 250 + 1}" for n in range(4)]
            made.append(pool.submit(api.ask, "POST", f"/api/v1/namespaces/{PLACE}/services", service(number)))
            made.append(pool.submit(api.ask, "POST", f"/apis/discovery.k8s.io/v1/namespaces/{PLACE}/endpointslices", slice_of(number, addresses)))
        for number in range(arguments.routes):
            made.append(pool.submit(api.ask, "POST", f"{GROUP}/namespaces/{PLACE}/httproutes", route(number, "0")))
        for one in made:
            one.result()
    print(f"{arguments.routes} routes made in {time.monotonic() - start:.0f} s", flush=True)
    return pod


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--release", required=True)
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--idle", type=int, default=60, help="seconds to measure a quiet operator")
    parser.add_argument("--echo", default="registry.k8s.io/gateway-api/echo-basic:v1.5.1")
    parser.add_argument("--keep", action="store_true", help="leave the objects, for a run with --reuse")
    parser.add_argument("--reuse", action="store_true", help="take the objects that a run with --keep left")
    arguments = parser.parse_args()
    api = Api()
    pod = echo() if arguments.reuse else make(api, arguments)
    selector = f"app.kubernetes.io/instance={arguments.release}"
    pods = json.loads(kubectl("-n", arguments.namespace, "get", "pods", "-l", selector, "-o", "json"))["items"]
    services = json.loads(kubectl("-n", arguments.namespace, "get", "services", "-l", "gateway.networking.k8s.io/gateway-name=gate", "-o", "json"))["items"]
    port = services[0]["spec"]["ports"][0]["targetPort"]
    replicas = [Replica(one["status"]["podIP"], port) for one in pods]
    last = arguments.routes - 1
    # nobody is behind it, but it is known
    until(replicas, f"r{last}.example.com", lambda status, version, body: status != 404)
    time.sleep(20)

    seconds = []
    for change in range(1, arguments.changes + 1):
        begin = time.monotonic()
        api.patch(f"{GROUP}/namespaces/{PLACE}/httproutes/r0", {"spec": route(0, str(change))["spec"]})
        until(replicas, "r0.example.com", lambda status, version, body: version == str(change))
        seconds.append(time.monotonic() - begin)
        time.sleep(0.05)
    told(f"route changed, {arguments.routes} routes, {len(replicas)} replicas", seconds)

    seconds = []
    path = f"/apis/discovery.k8s.io/v1/namespaces/{PLACE}/endpointslices/s0-1"
    for change in range(arguments.changes):
        isThere = change % 2 == 1
        begin = time.monotonic()
        api.patch(path, {"endpoints": [{"addresses": [pod], "conditions": {"ready": True}}] if isThere else []})
        until(replicas, "r0.example.com", lambda status, version, body: (status == 200) == isThere)
        seconds.append(time.monotonic() - begin)
        time.sleep(0.05)
    told(f"endpoints changed, {arguments.routes} routes, {len(replicas)} replicas", seconds)

    time.sleep(15)
    names = [one["metadata"]["name"] for one in pods]
    before = {(name, part): processes(arguments, name, part) for name in names for part in ("operator", "dataplane")}
    time.sleep(arguments.idle)
    for (name, part), (_, cpu) in before.items():
        resident, now = processes(arguments, name, part)
        print(f"{part} {name}: {resident:.0f} MiB resident, {cpu:.1f} s of CPU so far, idle {100 * (now - cpu) / arguments.idle:.2f} %", flush=True)
    if not arguments.keep:
        kubectl("delete", "namespace", PLACE, "--wait=false")


if __name__ == "__main__":
    main()
