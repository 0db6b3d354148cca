package dev.moorgate.routetable.wire;

/**
 * A document that is refused, or a value that cannot be written: where and why. Never holds text of the document but
 * field names, so that no key reaches a log.
 */
public final class WireException extends Exception {
    private static final long serialVersionUID = 1;

    private final String path;
    private final String reason;

    public WireException(String path, String reason) {
        super(path.isEmpty() ? reason : path + ": " + reason, null, false, false);
        this.path = path;
        this.reason = reason;
    }

    /** {@code listeners[2].virtualHosts[0].routs}; empty for the document as a whole. */
    public String path() {
        return path;
    }

    public String reason() {
        return reason;
    }

    /** The same, of a document that holds the refused one as its {@code field}. */
    WireException in(String field) {
        return new WireException(path.isEmpty() ? field : field + "." + path, reason);
    }
}
