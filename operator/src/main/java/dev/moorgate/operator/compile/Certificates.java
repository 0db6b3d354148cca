package dev.moorgate.operator.compile;

import dev.moorgate.operator.compile.pem.KeyPairMemo;
import dev.moorgate.operator.compile.pem.KeyPairs;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Lookup;
import dev.moorgate.operator.snapshot.Payloads;
import dev.moorgate.routetable.Certificate;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Secrets of type kubernetes.io/tls as certificates; each that a listener asks for is in the table. Confined to one compile. */
public final class Certificates {
    private static final String TYPE = "kubernetes.io/tls";

    private final ClusterSnapshot snapshot;
    private final Instant now;
    private final boolean isStapling;
    private final KeyPairMemo memo;
    private final Map<String, Outcome> asked = new HashMap<>();
    private final SortedMap<String, Certificate> certificates = new TreeMap<>();

    /** @param isStapling whether OCSP responses are stapled */
    Certificates(ClusterSnapshot snapshot, Instant now, boolean isStapling, KeyPairMemo memo) {
        this.snapshot = snapshot;
        this.now = now;
        this.isStapling = isStapling;
        this.memo = memo;
    }

    /** What a reference to a Secret leads to. */
    public sealed interface Outcome {
        /**
         * A certificate of the table.
         *
         * @param id {@code namespace/secret}
         * @param algorithm of its key: one certificate of each can be served for a name
         * @param dnsNames lower case, may start with {@code *.}
         * @param notice what its owner should know (it is expired, not valid yet, or must be stapled and is not), though it is served
         */
        record Usable(String id, String algorithm, List<String> dnsNames, Optional<String> notice) implements Outcome {}

        /** The Secret does not exist. */
        record Absent(String message) implements Outcome {}

        /** The Secret is no certificate that can be served. */
        record Invalid(String message) implements Outcome {}

        /** Nothing is known yet: serve nothing, and say nothing of the object that refers to it. */
        record NotLoaded() implements Outcome {}
    }

    /** Grants are the caller's business. */
    public Outcome find(String namespace, String name) {
        String id = namespace + "/" + name;
        Outcome known = asked.get(id);
        if (known == null) {
            known = switch (snapshot.secret(namespace, name)) {
                case Lookup.Absent<Secret> absent ->
                    new Outcome.Absent("Secret " + Tokens.shown(id) + " does not exist");
                case Lookup.NotLoaded<Secret> notLoaded -> new Outcome.NotLoaded();
                case Lookup.Present<Secret> present -> read(id, present.value());
            };
            asked.put(id, known);
        }
        return known;
    }

    /** Sorted by id. */
    List<Certificate> certificates() {
        return List.copyOf(certificates.values());
    }

    private Outcome read(String id, Secret secret) {
        String subject = "Secret " + id + ": ";
        String type = Objects.requireNonNullElse(secret.getType(), "Opaque");
        if (!type.equals(TYPE)) {
            return new Outcome.Invalid(subject + "is of type " + Tokens.shown(type) + ": use a Secret of type " + TYPE);
        }
        for (String entry : List.of("tls.crt", "tls.key")) {
            byte[] bytes = Payloads.bytes(secret, entry).orElse(new byte[0]);
            if (bytes.length == 0) {
                return new Outcome.Invalid(subject + "has no " + entry);
            }
            if (bytes.length > KeyPairs.LARGEST) {
                return new Outcome.Invalid(
                        subject + entry + " has " + bytes.length + " bytes: at most " + KeyPairs.LARGEST + " are read");
            }
        }
        return switch (memo.read(text(secret, "tls.crt"), text(secret, "tls.key"))) {
            case KeyPairs.Outcome.Bad bad -> new Outcome.Invalid(subject + bad.sentence());
            case KeyPairs.Outcome.Good good -> {
                certificates.put(id, new Certificate(id, good.chain(), good.key()));
                yield new Outcome.Usable(id, good.algorithm(), good.dnsNames(), notice(subject, good));
            }
        };
    }

    private Optional<String> notice(String subject, KeyPairs.Outcome.Good pair) {
        if (now.isAfter(pair.notAfter())) {
            return Optional.of(subject + "the certificate expired at " + pair.notAfter() + ": renew it");
        }
        if (now.isBefore(pair.notBefore())) {
            return Optional.of(subject + "the certificate is valid from " + pair.notBefore() + " only");
        }
        return switch (pair.staple()) {
            case NOT_ASKED -> Optional.empty();
            case ASKED ->
                isStapling
                        ? Optional.empty()
                        : Optional.of(subject + "the certificate asks for OCSP stapling (must-staple), and clients that"
                                + " insist refuse it: set tls.ocspStapling in the DataPlane");
            case ASKED_IN_VAIN ->
                Optional.of(subject + "the certificate asks for OCSP stapling (must-staple), and there is nothing to"
                        + " staple: tls.crt needs its issuer, and the certificate an HTTP responder");
        };
    }

    private static String text(Secret secret, String entry) {
        return new String(Payloads.bytes(secret, entry).orElse(new byte[0]), StandardCharsets.UTF_8);
    }
}
