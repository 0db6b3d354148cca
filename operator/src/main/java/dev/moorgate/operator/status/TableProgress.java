package dev.moorgate.operator.status;

import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.SourceDigests;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Digests of the newest table, made once for each; one thread. */
final class TableProgress {
    private final SourceDigests digests = new SourceDigests();
    private final Digest.Memo memo = new Digest.Memo();
    private @Nullable RouteTable table;
    private String digest = "";
    private Map<SourceRef, String> sources = Map.of();

    Progress of(RouteTable compiled, Rollout rollout) {
        if (!compiled.equals(table)) {
            digest = memo.of(compiled);
            sources = digests.of(compiled);
        }
        table = compiled;
        return new Progress(digest, sources, rollout);
    }
}
