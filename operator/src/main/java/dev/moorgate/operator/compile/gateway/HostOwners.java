package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.routetable.HostPattern;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Which of several owners of hosts a host belongs to: the one whose pattern covers it most closely. Finds it in as many steps as the
 * host has labels.
 *
 * @param <T> the owners
 */
final class HostOwners<T> {
    /** By host, by suffix with its leading dot, or empty for any host. */
    private final Map<String, T> owners = new HashMap<>();

    void put(HostPattern pattern, T owner) {
        owners.put(pattern.value(), owner);
    }

    void putIfAbsent(HostPattern pattern, T owner) {
        owners.putIfAbsent(pattern.value(), owner);
    }

    Optional<T> find(HostPattern pattern) {
        String rest = pattern.value();
        T owner = owners.get(rest);
        while (owner == null && !rest.isEmpty()) {
            rest = Hostnames.above(rest);
            owner = owners.get(rest);
        }
        return Optional.ofNullable(owner);
    }
}
