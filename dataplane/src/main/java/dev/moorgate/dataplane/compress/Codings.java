package dev.moorgate.dataplane.compress;

import com.aayushatharva.brotli4j.Brotli4jLoader;
import com.github.luben.zstd.util.Native;
import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which codings this process can make. Gzip is the JDK's; the libraries of the others are loaded when a route first wants them, and a
 * coding whose library cannot be loaded is not offered. Any thread but event loops: loading reads files.
 */
public final class Codings {
    private static final Logger LOG = LoggerFactory.getLogger(Codings.class);

    private final Consumer<Coding> loader;
    private final Map<Coding, Boolean> known = new EnumMap<>(Coding.class);

    /** @param loader loads a coding's library, or throws what loading throws */
    Codings(Consumer<Coding> loader) {
        this.loader = loader;
    }

    /** With the libraries that this process was started with. */
    public static Codings ofThisProcess() {
        return new Codings(Codings::load);
    }

    // The libraries' classes are resolved when these lines are run, so that they may be absent.
    private static void load(Coding coding) {
        switch (coding) {
            case ZSTD -> Native.load();
            case BROTLI -> Brotli4jLoader.ensureAvailability();
            case GZIP -> {}
        }
    }

    /** Those that can be made, in the order in which they are wanted. */
    synchronized List<Coding> usable(List<Algorithm> wanted) {
        List<Coding> usable = new ArrayList<>();
        for (Algorithm algorithm : wanted) {
            Coding coding = Coding.of(algorithm);
            if (known.computeIfAbsent(coding, this::isLoaded)) {
                usable.add(coding);
            }
        }
        return usable;
    }

    private boolean isLoaded(Coding coding) {
        try {
            loader.accept(coding);
            return true;
        } catch (LinkageError | RuntimeException e) {
            LOG.warn(
                    "Answers are not compressed by {}: its library cannot be loaded: {}",
                    coding.token(),
                    root(e).toString());
            return false;
        }
    }

    /** What the loader of a library says is often only that it has failed. */
    private static Throwable root(Throwable problem) {
        Throwable root = problem;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** Those that were wanted so far, and whether they can be made. */
    synchronized Map<Coding, Boolean> known() {
        return new EnumMap<>(known);
    }
}
