package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.StickyPolicySpec.SecretRef;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Lookup;
import dev.moorgate.operator.snapshot.Payloads;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RoutePolicy.BasicAuth.User;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Users and password hashes from Secrets, in the form of htpasswd. A line that cannot be used lets nobody in, and is told of. */
final class PasswordFiles {
    /** What ingress-nginx, and what Envoy Gateway reads. */
    private static final List<String> ENTRIES = List.of("auth", ".htpasswd");

    /** Costs beyond 14 take seconds of a core for one password. */
    private static final Pattern HASH = Pattern.compile("[$]2[aby][$](0[4-9]|1[0-4])[$][./A-Za-z0-9]{53}"
            + "|[$]apr1[$][./A-Za-z0-9]{1,8}[$][./A-Za-z0-9]{22}"
            + "|[{]SHA[}][A-Za-z0-9+/]{27}=");

    private static final int MOST_USERS = 10_000;

    private final ClusterSnapshot snapshot;
    private final Grants grants;

    PasswordFiles(ClusterSnapshot snapshot, Grants grants) {
        this.snapshot = snapshot;
        this.grants = grants;
    }

    /** What a reference leads to. */
    sealed interface Outcome {
        /** Users sorted by name; none where a mistake was added. */
        record Found(List<User> users) implements Outcome {}

        /** Nothing is known of the Secret yet. */
        record NotLoaded() implements Outcome {}
    }

    Outcome find(String namespace, SecretRef ref, Field at, Mistakes unresolved) {
        String owner = Objects.requireNonNullElse(ref.namespace(), namespace);
        String name = Objects.requireNonNullElse(ref.name(), "");
        String shown = Tokens.shown(owner + "/" + name);
        if (!grants.allow(Crds.GROUP, "RoutePolicy", namespace, "Secret", owner, name)) {
            unresolved.add(
                    Reason.REF_NOT_PERMITTED,
                    at,
                    "no ReferenceGrant in namespace " + Tokens.shown(owner) + " lets RoutePolicies of namespace "
                            + namespace + " refer to Secret " + Tokens.shown(name) + ": nobody is let in");
            return new Outcome.Found(List.of());
        }
        return switch (snapshot.secret(owner, name)) {
            case Lookup.NotLoaded<Secret> notLoaded -> new Outcome.NotLoaded();
            case Lookup.Absent<Secret> absent -> {
                unresolved.add(Reason.SECRET_NOT_FOUND, at, "Secret " + shown + " does not exist: nobody is let in");
                yield new Outcome.Found(List.of());
            }
            case Lookup.Present<Secret> present -> new Outcome.Found(read(shown, present.value(), at, unresolved));
        };
    }

    private static List<User> read(String secret, Secret found, Field at, Mistakes unresolved) {
        Optional<byte[]> file = ENTRIES.stream()
                .flatMap(entry -> Payloads.bytes(found, entry).stream())
                .findFirst();
        if (file.isEmpty()) {
            unresolved.add(
                    Reason.SECRET_INVALID,
                    at,
                    "Secret " + secret + " has no entry " + String.join(" or ", ENTRIES) + ": nobody is let in");
            return List.of();
        }
        SortedMap<String, User> users = new TreeMap<>();
        List<String> lines =
                new String(file.get(), StandardCharsets.UTF_8).lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                add(line, users, "Secret " + secret + " line " + (i + 1), at, unresolved);
            }
        }
        if (users.isEmpty()) {
            unresolved.add(Reason.SECRET_INVALID, at, "Secret " + secret + " has no user: nobody is let in");
        }
        return List.copyOf(users.values());
    }

    private static void add(String line, SortedMap<String, User> users, String place, Field at, Mistakes unresolved) {
        int colon = line.indexOf(':');
        String name = colon < 1 ? "" : line.substring(0, colon);
        if (name.isBlank()
                || users.size() >= MOST_USERS
                || !HASH.matcher(line.substring(colon + 1)).matches()) {
            unresolved.add(
                    Reason.SECRET_INVALID,
                    at,
                    place
                            + " lets nobody in: it must be name:hash with a hash of bcrypt (cost 4 to 14), apr1 or {SHA}");
        } else {
            // The first counts, as with Apache.
            users.putIfAbsent(name, new User(name, new Redacted(line.substring(colon + 1))));
        }
    }
}
