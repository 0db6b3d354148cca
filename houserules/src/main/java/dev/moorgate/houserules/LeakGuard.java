package dev.moorgate.houserules;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails a module's test run when Netty reports a leaked buffer. A module switches it on with a service file and
 * {@code junit.jupiter.extensions.autodetection.enabled}; the run must set {@code io.netty.leakDetection.level=paranoid}.
 */
public final class LeakGuard implements BeforeAllCallback {

    private static final LeakReports REPORTS = LeakReports.install();

    @Override
    public void beforeAll(ExtensionContext context) {
        // A leak shows only after a collection, so no single test can be blamed: the end of the run is.
        context.getRoot().getStore(Namespace.create(LeakGuard.class)).computeIfAbsent(LeakReports.class, _ ->
                (AutoCloseable) REPORTS::failIfAny);
    }
}
