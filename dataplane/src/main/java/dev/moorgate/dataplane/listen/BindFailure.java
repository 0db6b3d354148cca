package dev.moorgate.dataplane.listen;

import dev.moorgate.routetable.Listener;
import java.net.BindException;
import java.util.Locale;

/**
 * A socket of a table that could not be opened; nothing was changed.
 *
 * @param cause in the words of a person: {@code the port is already in use}
 */
public record BindFailure(Listener listener, SocketKey socket, String cause) implements Preparation {

    static BindFailure of(Listener listener, SocketKey socket, Throwable error) {
        return new BindFailure(listener, socket, explain(error, socket));
    }

    /** Whether {@code error} says that another socket holds the address. */
    static boolean isInUse(Throwable error) {
        return text(error).contains("already in use");
    }

    private static String explain(Throwable error, SocketKey socket) {
        String text = text(error);
        if (text.contains("already in use")) {
            return "the port is already in use";
        }
        if (text.contains("permission denied")) {
            return socket.port() < 1024
                    ? "permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)"
                    : "permission denied";
        }
        if (text.contains("assign requested address") || text.contains("not available")) {
            return "this machine does not have the address";
        }
        return error instanceof BindException || error.getMessage() != null
                ? String.valueOf(error.getMessage())
                : error.toString();
    }

    private static String text(Throwable error) {
        return String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
    }

    /** One line: {@code listener ingress/80 (Ingress shop/web) cannot open *:80: the port is already in use}. */
    @Override
    public String toString() {
        return "listener " + listener.name() + " (" + listener.source() + ") cannot open " + socket + ": " + cause;
    }
}
