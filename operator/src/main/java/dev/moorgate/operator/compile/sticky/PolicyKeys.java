package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Compilation.KeyWish;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.compile.CompileSettings.OwnKeys;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectStatus.Keys;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Mode;
import dev.moorgate.operator.crd.StickyPolicySpec.SecretRef;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Lookup;
import dev.moorgate.operator.snapshot.Payloads;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The key rings that policies ask for: the release's own, or a Secret with an entry a key. Confined to one compile. */
final class PolicyKeys {
    /** What hashing names: it has no token to sign. */
    static final String NO_RING = "none";

    private static final int SECRET_BYTES = 32;

    /** The highest signs: k10 before k9 before k1. */
    private static final Comparator<String> HIGHEST_FIRST = Comparator.comparingInt(String::length)
            .thenComparing(Comparator.naturalOrder())
            .reversed();

    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final Grants grants;
    private final SortedMap<String, KeyRing> rings = new TreeMap<>();
    private final SortedMap<String, KeyWish> wishes = new TreeMap<>();
    private final Map<String, KeyOutlook> outlooks = new HashMap<>();

    PolicyKeys(ClusterSnapshot snapshot, CompileSettings settings, Grants grants) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.grants = grants;
        settings.masterKeys().ifPresent(ring -> {
            rings.put(ring.name(), ring);
            settings.keyOutlook().ifPresent(outlook -> outlooks.put(ring.name(), outlook));
        });
    }

    /** What a policy's keys lead to. */
    sealed interface Outcome {
        /** A ring by name. */
        record Found(String ring) implements Outcome {}

        /** Nothing is known of the Secret yet. */
        record NotLoaded() implements Outcome {}

        /** None, with a mistake added. */
        record Missing() implements Outcome {}
    }

    /** @param owner of the policy's sessions */
    Outcome find(String namespace, String owner, StickyPolicySpec spec, Mistakes mistakes) {
        if (spec.mode() == Mode.HASH) {
            return new Outcome.Found(NO_RING);
        }
        SecretRef ref = spec.signing() == null ? null : spec.signing().keySecretRef();
        if (ref == null) {
            Optional<KeyRing> master = settings.masterKeys();
            if (master.isEmpty()) {
                mistakes.add(
                        Reason.KEY_SECRET_NOT_FOUND,
                        Field.SPEC.of("signing"),
                        "this release has no master key ring, so tokens cannot be signed: name a Secret in keySecretRef");
                return new Outcome.Missing();
            }
            KeyRotations.wish(owner, spec).ifPresent(wish -> wishes.put(owner, wish));
            OwnKeys own = settings.ownKeys().get(owner);
            return new Outcome.Found(own == null ? master.get().name() : own(own));
        }
        return find(namespace, ref, Field.SPEC.of("signing").of("keySecretRef"), mistakes);
    }

    private String own(OwnKeys own) {
        String name = own.ring().name();
        rings.put(name, own.ring());
        outlooks.put(name, own.outlook());
        return name;
    }

    private Outcome find(String namespace, SecretRef ref, Field at, Mistakes mistakes) {
        String owner = Objects.requireNonNullElse(ref.namespace(), namespace);
        String shown = Tokens.shown(owner + "/" + ref.name());
        if (!grants.allow(Crds.GROUP, "StickyPolicy", namespace, "Secret", owner, ref.name())) {
            mistakes.add(
                    Reason.REF_NOT_PERMITTED,
                    at,
                    "no ReferenceGrant in namespace " + Tokens.shown(owner) + " lets StickyPolicies of namespace "
                            + namespace + " refer to Secret " + Tokens.shown(ref.name()));
            return new Outcome.Missing();
        }
        return switch (snapshot.secret(owner, ref.name())) {
            case Lookup.NotLoaded<Secret> notLoaded -> new Outcome.NotLoaded();
            case Lookup.Absent<Secret> absent -> {
                mistakes.add(Reason.KEY_SECRET_NOT_FOUND, at, "Secret " + shown + " does not exist");
                yield new Outcome.Missing();
            }
            case Lookup.Present<Secret> present -> read(owner + "/" + ref.name(), present.value(), at, mistakes);
        };
    }

    private Outcome read(String ring, Secret secret, Field at, Mistakes mistakes) {
        SortedSet<String> kids = new TreeSet<>(HIGHEST_FIRST);
        kids.addAll(Objects.requireNonNullElse(secret.getData(), Map.<String, String>of())
                .keySet());
        kids.addAll(Objects.requireNonNullElse(secret.getStringData(), Map.<String, String>of())
                .keySet());
        List<SessionKey> keys = new ArrayList<>();
        for (String kid : kids) {
            Optional<String> material = Payloads.bytes(secret, kid).flatMap(PolicyKeys::material);
            if (!kid.matches("[A-Za-z0-9]{1,8}") || material.isEmpty()) {
                mistakes.add(
                        Reason.KEY_SECRET_NOT_FOUND,
                        at,
                        "Secret " + Tokens.shown(ring) + " entry " + Tokens.shown(kid)
                                + " is no key: the entry's name is 1 to 8 letters or digits, its value 32 random bytes");
                return new Outcome.Missing();
            }
            keys.add(new SessionKey(kid, new Redacted(material.get())));
        }
        if (keys.isEmpty()) {
            mistakes.add(
                    Reason.KEY_SECRET_NOT_FOUND,
                    at,
                    "Secret " + Tokens.shown(ring) + " has no entry: add one with 32 random bytes, named k1");
            return new Outcome.Missing();
        }
        rings.put(ring, new KeyRing(ring, keys));
        return new Outcome.Found(ring);
    }

    /** The key in base64: 32 bytes as they are, or their base64 once more, as {@code stringData} holds it. */
    private static Optional<String> material(byte[] bytes) {
        if (bytes.length == SECRET_BYTES) {
            return Optional.of(Base64.getEncoder().encodeToString(bytes));
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(new String(bytes, StandardCharsets.ISO_8859_1).strip());
            return decoded.length == SECRET_BYTES
                    ? Optional.of(Base64.getEncoder().encodeToString(decoded))
                    : Optional.empty();
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty();
        }
    }

    /** Shows the ids of a ring's keys; nothing where hashing needs none. */
    void show(String ring, PolicyDraft draft) {
        KeyRing found = rings.get(ring);
        if (found != null) {
            List<String> ids = found.keys().stream().map(SessionKey::kid).toList();
            draft.keys(new Keys(
                    ids.getFirst(),
                    ids.subList(1, ids.size()),
                    outlook(ring).flatMap(KeyOutlook::nextRotation).map(Instant::toString)));
        }
    }

    /** Says whether the newest key of an owner's ring signs. */
    void judge(String owner, String ring, Conditions conditions) {
        KeyRing found = rings.get(ring);
        if (found == null) {
            return;
        }
        Optional<String> pending = outlook(ring).flatMap(KeyOutlook::pending);
        if (wishes.containsKey(owner) && !settings.ownKeys().containsKey(owner)) {
            conditions.consequence(
                    ConditionType.KEYS_ROTATED,
                    Reason.PENDING,
                    settings.keyOutlook().isPresent()
                            ? "a key of its own is being made; until it signs, those of the release do"
                            : "keys are not changed here: those that this process was given sign");
        } else if (pending.isPresent()) {
            conditions.consequence(
                    ConditionType.KEYS_ROTATED,
                    Reason.PENDING,
                    "key " + pending.get() + " verifies, and signs as soon as every replica has it");
        } else {
            conditions.accept(
                    ConditionType.KEYS_ROTATED,
                    Reason.KEYS_ROTATED,
                    "key " + found.keys().getFirst().kid() + " signs");
        }
    }

    /** Only rings of the release are rotated by us. */
    private Optional<KeyOutlook> outlook(String ring) {
        return Optional.ofNullable(outlooks.get(ring));
    }

    /** Sorted by owner. */
    List<KeyWish> wishes() {
        return List.copyOf(wishes.values());
    }

    /** Sorted by name; every ring that was found. */
    List<KeyRing> rings() {
        return List.copyOf(rings.values());
    }
}
