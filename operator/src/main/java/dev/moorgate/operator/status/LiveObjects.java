package dev.moorgate.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.Optional;

/** What the informers hold at this moment, by kind as in {@code metadata}; asked from the writers' own thread. */
public interface LiveObjects {
    /** One object, by its name; the namespace is empty for cluster-scoped kinds. */
    Optional<? extends HasMetadata> find(String kind, String namespace, String name);

    /** Equal to an earlier one where no object but endpoints came, changed or went since. */
    Object state();

    /** Empty for kinds that are not watched. */
    Collection<? extends HasMetadata> list(String kind);
}
