package dev.moorgate.cli.sessions;

import dev.moorgate.dataplane.balance.Pick;
import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Endpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Plays a script with many clients: after each step every client sends its cookie to every replica at once and keeps what one of
 * them answers. What is right is judged by the tables alone: whoever's pod is in the last table, and who is within the deadline,
 * must be sent to it, by each replica. With mode AppCookie each pod has an application that knows the clients whose cookie it has set,
 * and sets it for all others. The clock is the script's. One thread.
 */
final class Simulation {
    private static final long SECONDS_A_STEP = 300;
    private static final long SEED = 5;

    private final Script script;
    private final Cluster cluster;
    private final InstantSource clock;
    private final Client[] clients;
    private final Random random = new Random(SEED);
    private final RequestHead head = new RequestHead();
    private final FieldSection section = new FieldSection();
    private final FieldSection answers = new FieldSection();
    private final boolean isFollowing;
    private List<Replica> replicas = List.of();
    private Set<String> alive = Set.of();
    private int restarts;
    private int born;

    /** Somebody with a cookie, or without. */
    private static final class Client {
        private final int number;
        private @Nullable String cookie;
        private @Nullable String home;
        /** Cookie of the application, and the pod that set it. */
        private @Nullable String app;

        private @Nullable String appHome;
        private long began;

        Client(int number) {
            this.number = number;
        }
    }

    /**
     * What a part of the script came to.
     *
     * @param requests to all replicas together
     * @param began sessions of clients who had none
     * @param gone sessions whose pod was not there any more, each time that this befell one
     * @param late sessions past their deadline
     * @param moved requests that were sent elsewhere though pod and deadline stood: must be none
     * @param disagreed sessions that replicas sent to different pods: must be none
     * @param misplaced sessions that began on a pod that drains: must be none
     */
    record Result(
            String part, long requests, long began, long gone, long late, long moved, long disagreed, long misplaced) {
        Result plus(Result other) {
            return new Result(
                    part,
                    requests + other.requests,
                    began + other.began,
                    gone + other.gone,
                    late + other.late,
                    moved + other.moved,
                    disagreed + other.disagreed,
                    misplaced + other.misplaced);
        }

        static Result none(String part) {
            return new Result(part, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    /**
     * Nothing has happened yet.
     *
     * @param rules further fields of the policy's spec, in YAML
     */
    Simulation(Script script, int sessions, String rules) {
        this.script = script;
        cluster = new Cluster(script, rules);
        clock = cluster::now;
        isFollowing = rules.contains("AppCookie");
        clients = IntStream.range(0, sessions).mapToObj(Client::new).toArray(Client[]::new);
    }

    /** A result a part, the first for the clients' first coming. */
    List<Result> play() throws IOException {
        restart();
        List<Result> results = new ArrayList<>();
        results.add(visits("the first requests"));
        for (Script.Part part : script.parts()) {
            Result sum = Result.none(part.name());
            for (List<String> step : part.steps()) {
                step(step);
                sum = sum.plus(visits(part.name()));
            }
            results.add(sum);
        }
        return results;
    }

    private void step(List<String> actions) throws IOException {
        cluster.pass(SECONDS_A_STEP);
        actions.forEach(cluster::act);
        if (actions.contains("restart")) {
            restart();
        } else {
            install();
        }
        for (int i = clients.length * script.churnPercent() / 100; i > 0; i--) {
            clients[random.nextInt(clients.length)] = new Client(clients.length + born++);
        }
    }

    /** Every replica begins anew: what is lost with one of them is lost. */
    private void restart() throws IOException {
        restarts++;
        replicas = IntStream.range(0, script.replicas())
                .mapToObj(i -> new Replica(clock, SEED + 100L * restarts + i))
                .toList();
        install();
    }

    private void install() throws IOException {
        Cluster.Tables tables = cluster.tables();
        replicas.forEach(replica -> replica.install(tables));
        Set<String> keys = new HashSet<>();
        tables.endpoints()
                .upstreams()
                .forEach(upstream ->
                        upstream.endpoints().stream().map(Endpoint::key).forEach(keys::add));
        alive = keys;
    }

    private Result visits(String part) {
        long now = cluster.now().getEpochSecond();
        Result sum = Result.none(part);
        for (Client client : clients) {
            sum = sum.plus(visit(part, client, now));
        }
        return sum;
    }

    private Result visit(String part, Client client, long now) {
        parse(section, head, cookies(client));
        int keeper = random.nextInt(replicas.size());
        Set<String> pods = new HashSet<>();
        long moved = 0;
        boolean misplaced = false;
        boolean late = client.home != null && now - client.began >= script.absoluteTimeoutHours() * 3_600L;
        boolean gone = client.home != null && !late && !alive.contains(client.home);
        boolean stays = client.home != null && !late && !gone;
        String home = client.home;
        for (int i = 0; i < replicas.size(); i++) {
            if (!(replicas.get(i).pick(head) instanceof Pick.Chosen chosen)) {
                throw new IllegalStateException("nobody serves a request in " + part);
            }
            String pod = chosen.candidate().endpoint().key();
            pods.add(pod);
            moved += stays && !pod.equals(client.home) ? 1 : 0;
            misplaced |= !stays && chosen.candidate().isDraining();
            if (i == keeper) {
                home = pod;
                if (isFollowing) {
                    answer(client, chosen, pod);
                }
                String made = chosen.session().newToken();
                client.cookie = made == null ? client.cookie : made;
            }
        }
        if (!stays && !gone) {
            client.began = now;
        }
        long began = client.home == null ? 1 : 0;
        client.home = home;
        return new Result(
                part,
                replicas.size(),
                began,
                gone ? 1 : 0,
                late ? 1 : 0,
                moved,
                (stays || gone) && pods.size() > 1 ? 1 : 0,
                misplaced ? 1 : 0);
    }

    private static @Nullable String cookies(Client client) {
        return client.app == null
                ? client.cookie
                : client.cookie == null ? client.app : client.cookie + "; " + client.app;
    }

    /** The application of a pod sets its cookie for whom it does not know. */
    private void answer(Client client, Pick.Chosen chosen, String pod) {
        boolean known = pod.equals(client.appHome);
        if (!known) {
            client.app = "APP=" + client.number + "-" + pod;
            client.appHome = pod;
        }
        chosen.session().follow(response(answers, known ? null : client.app));
    }

    private static ResponseHead response(FieldSection section, @Nullable String cookie) {
        ResponseHead answer = new ResponseHead();
        section.begin(answer, HeadLimits.STANDARD, Methods.GET);
        field(section, ":status", "204");
        if (cookie != null) {
            field(section, "set-cookie", cookie + "; Path=/");
        }
        ParseError error = section.end(true);
        if (error != null) {
            throw new IllegalStateException("the application's answer was refused: " + error);
        }
        return answer;
    }

    /** Makes of {@code head} the request of a client with this cookie, or with none. */
    static void parse(FieldSection section, RequestHead head, @Nullable String cookie) {
        section.begin(head, HeadLimits.STANDARD, false);
        field(section, ":method", "GET");
        field(section, ":scheme", "http");
        field(section, ":authority", "shop.example");
        field(section, ":path", "/");
        if (cookie != null) {
            field(section, "cookie", "theme=dark; sid=" + cookie);
        }
        ParseError error = section.end(true);
        if (error != null) {
            throw new IllegalStateException("a client's request was refused: " + error);
        }
    }

    private static void field(FieldSection section, String name, String value) {
        byte[] names = name.getBytes(StandardCharsets.US_ASCII);
        byte[] values = value.getBytes(StandardCharsets.US_ASCII);
        section.field(names, 0, names.length, values, 0, values.length);
    }
}
