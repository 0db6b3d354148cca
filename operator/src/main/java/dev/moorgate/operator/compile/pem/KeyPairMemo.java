package dev.moorgate.operator.compile.pem;

import java.util.HashMap;
import java.util.Map;

/**
 * Key pairs that the last compile read: checking a pair costs a signature. The answers are those of {@link KeyPairs#read}, so that
 * compiles stay pure. One compile at a time.
 */
public final class KeyPairMemo {
    private Map<Texts, KeyPairs.Outcome> last = Map.of();
    private Map<Texts, KeyPairs.Outcome> next = new HashMap<>();

    /** What was read. */
    private record Texts(String chain, String key) {}

    public KeyPairs.Outcome read(String chain, String key) {
        return next.computeIfAbsent(new Texts(chain, key), texts -> {
            KeyPairs.Outcome known = last.get(texts);
            return known != null ? known : KeyPairs.read(chain, key);
        });
    }

    /** Forgets what the compile that ends here did not ask for. */
    public void turn() {
        last = next;
        next = new HashMap<>();
    }
}
