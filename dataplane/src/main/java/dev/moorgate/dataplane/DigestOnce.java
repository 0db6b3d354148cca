package dev.moorgate.dataplane;

import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Digest;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The digest of a table, computed when it is first asked for. Any thread. */
final class DigestOnce implements Supplier<String> {
    private final RouteTable table;
    private volatile @Nullable String digest;

    DigestOnce(RouteTable table) {
        this.table = table;
    }

    @Override
    public String get() {
        String known = digest;
        if (known == null) {
            known = Digest.of(table);
            digest = known;
        }
        return known;
    }
}
