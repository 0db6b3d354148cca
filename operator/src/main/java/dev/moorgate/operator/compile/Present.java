package dev.moorgate.operator.compile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists as manifests may have them before an API server has seen them: absent, or with absent items. */
public final class Present {
    private Present() {}

    /** The items that are there. */
    public static <T> List<T> items(@Nullable List<? extends @Nullable T> list) {
        return list == null
                ? List.of()
                : list.stream()
                        .<T>mapMulti((item, sink) -> {
                            if (item != null) {
                                sink.accept(item);
                            }
                        })
                        .toList();
    }
}
