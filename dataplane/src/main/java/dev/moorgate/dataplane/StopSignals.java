package dev.moorgate.dataplane;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM and SIGINT as calls: the first begins to stop, any further one means at once (faults H5, H6). Shutdown hooks could not
 * tell the second. The class that it needs is not in the platform's documented API, hence by reflection; where it is
 * missing a shutdown hook hears the first signal.
 */
public final class StopSignals {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);

    private StopSignals() {}

    /** Calls back on a thread of the JVM for each signal; neither call may block for long. */
    public static void handle(Runnable first, Runnable further) {
        var count = new AtomicInteger();
        Runnable signalled = () -> (count.getAndIncrement() == 0 ? first : further).run();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    signalled.run();
                    yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> false;
                default -> "StopSignals";
            };
            Object handler = Proxy.newProxyInstance(handlerType.getClassLoader(), new Class<?>[] {handlerType}, calls);
            for (String name : new String[] {"TERM", "INT"}) {
                signal.getMethod("handle", signal, handlerType)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
            }
        } catch (ReflectiveOperationException e) {
            LOG.warn("signals cannot be handled: a second one will not stop at once", e);
            Runtime.getRuntime().addShutdownHook(new Thread(signalled, "moorgate-stop"));
        }
    }
}
