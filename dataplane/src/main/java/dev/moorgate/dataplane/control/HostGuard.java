package dev.moorgate.dataplane.control;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests whose Host is a name that somebody may have pointed here (DNS rebinding): only the loopback's names and
 * the address that is bound are ours. A listener on all addresses takes any IP literal, which cannot be rebound.
 */
final class HostGuard {
    /** Takes every request: for the health listener, which kubelets reach by addresses we do not know. */
    static final HostGuard NONE = new HostGuard(Set.of(), Rule.ANY);

    private enum Rule {
        ANY,
        LITERALS,
        LISTED
    }

    private final Set<String> hosts;
    private final Rule rule;

    private HostGuard(Set<String> hosts, Rule rule) {
        this.hosts = hosts;
        this.rule = rule;
    }

    static HostGuard of(String boundHost) {
        String bound = boundHost.toLowerCase(Locale.ROOT);
        boolean everywhere = bound.equals("0.0.0.0") || bound.equals("::");
        String literal = bound.indexOf(':') >= 0 ? "[" + bound + "]" : bound;
        return new HostGuard(
                Set.copyOf(List.of("localhost", "127.0.0.1", "[::1]", literal)),
                everywhere ? Rule.LITERALS : Rule.LISTED);
    }

    /** {@code authority} as the Host field has it, with or without port; null: it has none. */
    boolean admits(@Nullable String authority) {
        if (rule == Rule.ANY) {
            return true;
        }
        if (authority == null) {
            return false;
        }
        String host = withoutPort(authority.toLowerCase(Locale.ROOT));
        return hosts.contains(host) || rule == Rule.LITERALS && isLiteral(host);
    }

    private static String withoutPort(String authority) {
        return authority.replaceFirst(":[0-9]{0,5}$", "");
    }

    private static boolean isLiteral(String host) {
        return host.matches("\\[[0-9a-f:.]+]|[0-9]{1,3}([.][0-9]{1,3}){3}");
    }
}
