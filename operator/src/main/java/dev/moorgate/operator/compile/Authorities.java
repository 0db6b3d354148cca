package dev.moorgate.operator.compile;

import dev.moorgate.operator.compile.pem.CertificateBundles;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Lookup;
import dev.moorgate.operator.snapshot.Payloads;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Bundles of authorities' certificates under {@code ca.crt} of ConfigMaps and Secrets. Confined to one compile. */
public final class Authorities {
    public static final String ENTRY = "ca.crt";
    private static final int LARGEST = 512 * 1024;

    private final ClusterSnapshot snapshot;

    public Authorities(ClusterSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** What a reference leads to. */
    public sealed interface Outcome {
        /** PEM texts of certificates, and nothing else. */
        record Usable(String pem) implements Outcome {}

        /** Nothing that could be used, and why. */
        record Invalid(String message) implements Outcome {}

        /** The reference is to another kind. */
        record UnknownKind(String message) implements Outcome {}

        /** Nothing is known yet: serve nothing, and say nothing of the object that refers to it. */
        record NotLoaded() implements Outcome {}
    }

    /** Grants are the caller's business. */
    public Outcome find(String group, String kind, String namespace, String name) {
        String shown = kind + " " + Tokens.shown(namespace + "/" + name);
        if (group.isEmpty() && kind.equals("ConfigMap")) {
            return switch (snapshot.configMap(namespace, name)) {
                case Lookup.Absent<ConfigMap> absent -> new Outcome.Invalid(shown + " does not exist");
                case Lookup.NotLoaded<ConfigMap> notLoaded -> new Outcome.NotLoaded();
                case Lookup.Present<ConfigMap> present -> read(shown, Payloads.bytes(present.value(), ENTRY));
            };
        }
        if (group.isEmpty() && kind.equals("Secret")) {
            return switch (snapshot.secret(namespace, name)) {
                case Lookup.Absent<Secret> absent -> new Outcome.Invalid(shown + " does not exist");
                case Lookup.NotLoaded<Secret> notLoaded -> new Outcome.NotLoaded();
                case Lookup.Present<Secret> present -> read(shown, Payloads.bytes(present.value(), ENTRY));
            };
        }
        return new Outcome.UnknownKind("kind " + Tokens.shown(kind) + " of group \"" + Tokens.shown(group)
                + "\" is not supported: use a ConfigMap or a Secret with " + ENTRY);
    }

    private static Outcome read(String shown, Optional<byte[]> bytes) {
        if (bytes.isEmpty() || bytes.get().length == 0) {
            return new Outcome.Invalid(shown + " has no " + ENTRY);
        }
        if (bytes.get().length > LARGEST) {
            return new Outcome.Invalid(
                    shown + ": " + ENTRY + " has " + bytes.get().length + " bytes: at most " + LARGEST + " are read");
        }
        return switch (CertificateBundles.read(new String(bytes.get(), StandardCharsets.UTF_8))) {
            case CertificateBundles.Outcome.Good good -> new Outcome.Usable(good.pem());
            case CertificateBundles.Outcome.Bad bad -> new Outcome.Invalid(shown + ": " + ENTRY + " " + bad.sentence());
        };
    }
}
