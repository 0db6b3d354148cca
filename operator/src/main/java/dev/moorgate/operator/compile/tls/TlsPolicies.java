package dev.moorgate.operator.compile.tls;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.routetable.ListenerTls.Policy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerTLSConfig;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** TLS policies by the names that people write. */
public final class TlsPolicies {
    /** Option of a Gateway's listener, and annotation of an Ingress. */
    public static final String KEY = Crds.GROUP + "/tls-policy";

    private TlsPolicies() {}

    /**
     * What a listener's {@code tls.options} ask for (Gateway API GatewayTLSConfig); options of others are none of ours. A mistake
     * refuses the listener: it might be served weaker than was meant.
     *
     * @param at the field {@code tls} of the listener
     */
    public static Optional<Policy> ofListener(@Nullable ListenerTLSConfig tls, Field at, Conditions listener) {
        if (tls == null || tls.getOptions() == null) {
            return Optional.empty();
        }
        Optional<Policy> found = Optional.empty();
        for (Map.Entry<String, String> option : new TreeMap<>(tls.getOptions()).entrySet()) {
            String key = option.getKey();
            String value = Objects.requireNonNullElse(option.getValue(), "");
            if (!key.startsWith(Crds.GROUP + "/")) {
                continue;
            }
            String mistake = "";
            if (!key.equals(KEY)) {
                mistake = "is not known: use " + KEY;
            } else if ("Passthrough".equals(tls.getMode())) {
                mistake = "decides nothing where TLS is passed through: remove it";
            } else {
                found = Policy.of(value);
                mistake = found.isEmpty() ? unknown(value) : "";
            }
            if (!mistake.isEmpty()) {
                listener.refuse(
                        ConditionType.ACCEPTED,
                        Reason.UNSUPPORTED_VALUE,
                        at.of("options") + "[" + Tokens.shown(key) + "]",
                        mistake);
            }
        }
        return found;
    }

    /** The sentence for a name that is none. */
    public static String unknown(String name) {
        return "\"" + Tokens.shown(name) + "\" is no TLS policy: use one of " + Policy.words();
    }
}
