package dev.moorgate.dataplane.compress;

import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.FieldLines;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.Octets;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.Compression;
import java.util.ArrayList;
import java.util.List;

/** Which answers of a route are compressed, and by what. Immutable, any thread. */
public final class CompressRule {
    private static final byte[] IDENTITY = Tokens.ascii("identity");
    private static final byte[] NO_TRANSFORM = Tokens.ascii("no-transform");
    /** Whose messages are to arrive one by one. */
    private static final byte[] EVENT_STREAM = Tokens.ascii("text/event-stream");
    /** Compresses messages itself (also application/grpc-web, application/grpc+proto, …). */
    private static final byte[] GRPC = Tokens.ascii("application/grpc");

    private final List<Coding> codings;
    private final Compression.Level level;
    private final int minSize;
    private final byte[][] types;
    private final byte[][] ranges;

    /** @param codings of those that the policy names, what this process can make */
    CompressRule(List<Coding> codings, Compression policy) {
        this.codings = List.copyOf(codings);
        level = policy.level();
        minSize = Math.max(1, policy.minSize());
        List<byte[]> exact = new ArrayList<>();
        List<byte[]> wide = new ArrayList<>();
        for (String type : policy.contentTypes()) {
            if (type.endsWith("/*")) {
                wide.add(Tokens.ascii(type.substring(0, type.length() - 1)));
            } else {
                exact.add(Tokens.ascii(type));
            }
        }
        types = exact.toArray(byte[][]::new);
        ranges = wide.toArray(byte[][]::new);
    }

    /** In order of preference. */
    List<Coding> codings() {
        return codings;
    }

    Compression.Level level() {
        return level;
    }

    /**
     * Whether an answer is one to be compressed, for whoever accepts it.
     *
     * @param toHead it has no content and speaks of what a GET would get
     */
    boolean covers(ResponseHead head, boolean toHead) {
        return hasWholeContent(head, toHead)
                && isLarge(head.contentLength())
                && isOfType(head)
                && isPlain(head)
                && !forbidsTransforming(head);
    }

    /** Parts are of a content of one length and form; what has no content has nothing to gain. */
    private static boolean hasWholeContent(ResponseHead head, boolean toHead) {
        return switch (head.status()) {
            case 204, 205, 206, 304 -> false;
            default ->
                head.status() >= 200
                        && head.indexOf(Fields.CONTENT_RANGE) < 0
                        && (toHead || head.bodyKind() != BodyKind.NONE);
        };
    }

    private boolean isLarge(long length) {
        return length < 0 || length >= minSize;
    }

    private boolean isOfType(ResponseHead head) {
        int field = head.indexOf(Fields.CONTENT_TYPE);
        if (field < 0 || head.indexOf(Fields.CONTENT_TYPE, field + 1) >= 0) {
            return false;
        }
        byte[] bytes = head.bytes();
        int start = head.valueStart(field);
        int end = Octets.indexOf(bytes, start, head.valueEnd(field), ';');
        for (byte[] type : types) {
            if (Tokens.isWord(bytes, start, end, type)) {
                return true;
            }
        }
        for (byte[] range : ranges) {
            if (Tokens.startsWith(bytes, start, end, range)) {
                return !Tokens.isWord(bytes, start, end, EVENT_STREAM) && !Tokens.startsWith(bytes, start, end, GRPC);
            }
        }
        return false;
    }

    /** Not coded by the application already. */
    private static boolean isPlain(ResponseHead head) {
        int i = head.indexOf(Fields.CONTENT_ENCODING);
        while (i >= 0 && head.valueEqualsLower(i, IDENTITY)) {
            i = head.indexOf(Fields.CONTENT_ENCODING, i + 1);
        }
        return i < 0;
    }

    /** Of either side (RFC 9111 5.2.1.6 and 5.2.2.6). */
    static boolean forbidsTransforming(FieldLines head) {
        return Tokens.contains(head, Fields.CACHE_CONTROL, NO_TRANSFORM);
    }
}
