package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A request's head, read strictly (RFC 9112 3 to 6): whatever a backend might read in another way is refused. The path
 * is in its normal form ({@link RequestTarget}), used for route choice and forwarding alike; an absolute target replaces Host
 * (RFC 9112 3.2.2). Reused from request to request; strings are made when asked for. After a refusal it tells what was
 * read up to there, and never anything of the request before. HTTP/1.0 without Host passes: host and authority are empty
 * then, and whoever forwards has to write a Host of its own.
 */
public final class RequestHead extends MessageHead {
    private static final byte[] CONTINUE = Octets.ascii("100-continue");

    private final RequestTarget target = new RequestTarget();
    private final Authority authority = new Authority();
    private final Framing framing = new Framing();
    private int methodId;
    private int methodStart;
    private int methodEnd;
    private int targetStart;
    private int targetEnd;
    private int hostField;
    private boolean expectContinue;
    private boolean webSocket;
    private boolean hasAuthority;
    private @Nullable String path;
    private @Nullable String lastPath;
    private @Nullable String query;

    /** The normal form of a path that filters have made; null where it has none. */
    public static @Nullable String normalPath(String path) {
        byte[] in = path.getBytes(StandardCharsets.ISO_8859_1);
        byte[] out = new byte[in.length + 1];
        var form = new RequestTarget.PathForm();
        return form.normalise(in, 0, in.length, out) == null ? Octets.text(out, 0, form.length()) : null;
    }

    /** Takes bytes of a head from {@code in}; after an answer other than INCOMPLETE the next call begins a new head. */
    public Progress parse(ByteBuf in, HeadLimits limits) {
        return advance(in, limits);
    }

    @Override
    public void reset() {
        super.reset();
        hostField = -1;
        methodId = Methods.OTHER;
        methodStart = methodEnd = targetStart = targetEnd = 0;
        expectContinue = webSocket = hasAuthority = false;
        path = query = null;
        target.clear();
    }

    /** Becomes what another is, which was read, sound, and not changed since. */
    public void copy(RequestHead from) {
        copyHead(from);
        methodId = from.methodId;
        methodStart = from.methodStart;
        methodEnd = from.methodEnd;
        targetStart = from.targetStart;
        targetEnd = from.targetEnd;
        hostField = from.hostField;
        expectContinue = from.expectContinue;
        webSocket = from.webSocket;
        hasAuthority = from.hasAuthority;
        target.copy(from.target, bytes);
        authority.copy(from.authority);
        path = lastPath = from.path();
        query = from.query();
    }

    @Override
    int leadingLines() {
        return 4;
    }

    @Override
    boolean dropsUnderscores() {
        return true;
    }

    @Override
    @Nullable
    ParseError startLine(int start, int end, HeadLimits limits) {
        ParseError error = method(start, end, limits);
        if (error != null) {
            return error;
        }
        int from = methodEnd + 1;
        int space = from;
        while (space < end && bytes[space] != ' ' && bytes[space] != Octets.TAB) {
            space++;
        }
        if (space == end || space == from || bytes[space] != ' ') {
            return ParseError.BAD_REQUEST_LINE;
        }
        error = version(space + 1, end);
        if (error != null) {
            return error;
        }
        methodId = Methods.idOf(bytes, methodStart, methodEnd);
        if (methodId == Methods.CONNECT || methodId == Methods.TRACE) {
            return ParseError.METHOD_REFUSED;
        }
        targetStart = from;
        targetEnd = space;
        return target.read(bytes, from, space, methodId);
    }

    @Override
    ParseError startLineTooLong(int start, int end, HeadLimits limits) {
        ParseError error = method(start, end, limits);
        return error == null ? ParseError.TARGET_TOO_LONG : error;
    }

    private @Nullable ParseError method(int start, int end, HeadLimits limits) {
        int i = start;
        while (i < end && Octets.is(bytes[i], Octets.TOKEN)) {
            i++;
        }
        if (i == end || bytes[i] != ' ' || i == start) {
            boolean endless = i == end && i - start > limits.method();
            return endless
                    ? ParseError.METHOD_TOO_LONG
                    : i == end ? ParseError.BAD_REQUEST_LINE : ParseError.BAD_METHOD;
        }
        methodStart = start;
        methodEnd = i;
        return i - start > limits.method() ? ParseError.METHOD_TOO_LONG : null;
    }

    private @Nullable ParseError version(int start, int end) {
        boolean written = end - start == 8
                && bytes[start] == 'H'
                && bytes[start + 1] == 'T'
                && bytes[start + 2] == 'T'
                && bytes[start + 3] == 'P'
                && bytes[start + 4] == '/'
                && isDigit(bytes[start + 5])
                && bytes[start + 6] == '.'
                && isDigit(bytes[start + 7]);
        if (!written) {
            return ParseError.BAD_VERSION;
        }
        if (bytes[start + 5] != '1') {
            return ParseError.UNSUPPORTED_VERSION;
        }
        current = bytes[start + 7] == '1';
        return current || bytes[start + 7] == '0' ? null : ParseError.BAD_VERSION;
    }

    private static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }

    @Override
    @Nullable
    ParseError complete() {
        ParseError error = framing.read(this);
        if (error == null) {
            error = hostAndPort();
        }
        if (error == null && has(Fields.EXPECT)) {
            error = expectation();
        }
        if (error != null) {
            return error;
        }
        bodyKind = framing.isChunked() ? BodyKind.CHUNKED : contentLength > 0 ? BodyKind.LENGTH : BodyKind.NONE;
        webSocket = current && methodId == Methods.GET && framing.isWebSocket();
        if (isAbsolute() && hostField >= 0) {
            dropByProtocol(hostField);
        }
        return webSocket && bodyKind != BodyKind.NONE ? ParseError.UPGRADE_WITH_BODY : null;
    }

    private @Nullable ParseError hostAndPort() {
        hostField = -1;
        if (has(Fields.HOST)) {
            for (int i = 0; i < fieldCount(); i++) {
                if (fieldId(i) == Fields.HOST) {
                    if (hostField >= 0) {
                        return ParseError.DUPLICATE_HOST;
                    }
                    hostField = i;
                }
            }
        }
        if (hostField < 0 && (current || isAbsolute())) {
            return ParseError.MISSING_HOST;
        }
        ParseError error = null;
        if (hostField >= 0) {
            error = authority.read(bytes, valueStart(hostField), valueEnd(hostField));
        }
        if (error == null && target.form() == RequestTarget.Form.ABSOLUTE) {
            error = authority.read(bytes, target.authorityStart(), target.authorityEnd());
        }
        hasAuthority = error == null && hostField >= 0;
        return error;
    }

    private @Nullable ParseError expectation() {
        for (int i = 0; i < fieldCount(); i++) {
            if (fieldId(i) == Fields.EXPECT) {
                if (!valueEqualsLower(i, CONTINUE)) {
                    return ParseError.UNKNOWN_EXPECTATION;
                }
                expectContinue = current;
            }
        }
        return null;
    }

    // ------------------------------------------------------------------ reading

    /** A number of {@link Methods}. */
    public int methodId() {
        return methodId;
    }

    public String method() {
        return methodId == Methods.OTHER ? Octets.text(bytes, methodStart, methodEnd) : Methods.name(methodId);
    }

    /** The normal path: begins with a slash, or is {@code *} for the server as a whole. */
    public String path() {
        String known = path;
        if (known == null) {
            known = lastPath;
            if (known == null || !isPath(known)) {
                known = Octets.text(target.pathBytes(), target.pathStart(), target.pathEnd());
                lastPath = known;
            }
            path = known;
        }
        return known;
    }

    private boolean isPath(String text) {
        int start = target.pathStart();
        if (text.length() != target.pathEnd() - start) {
            return false;
        }
        byte[] from = target.pathBytes();
        for (int i = text.length() - 1; i >= 0; i--) {
            if (text.charAt(i) != from[start + i]) {
                return false;
            }
        }
        return true;
    }

    /** Behind the question mark, as received; null where the target has none. */
    public @Nullable String query() {
        if (query == null && target.queryStart() >= 0) {
            query = Octets.text(bytes, target.queryStart(), target.queryEnd());
        }
        return query;
    }

    /** The target as received, for logs. */
    public String target() {
        return Octets.text(bytes, targetStart, targetEnd);
    }

    /** Whether the target was a whole URI, so that Host as received must not be forwarded. */
    public boolean isAbsolute() {
        return target.form() == RequestTarget.Form.ABSOLUTE;
    }

    /** Lower case, without port and trailing dot, IPv6 in brackets; empty for HTTP/1.0 without Host. */
    public String host() {
        return hasAuthority ? authority.host() : "";
    }

    /** The port that the client named, or -1. */
    public int port() {
        return hasAuthority ? authority.port() : -1;
    }

    /** Host and port as the client wrote them: what Host is for the endpoint; empty for HTTP/1.0 without Host. */
    public String authority() {
        return hasAuthority ? authority.text() : "";
    }

    /** Index of the Host field, or -1. */
    public int hostField() {
        return hostField;
    }

    /** The client waits for a 100 before it sends its content (RFC 9110 10.1.1). */
    public boolean expectContinue() {
        return expectContinue;
    }

    /** The request wants to become a WebSocket tunnel (RFC 6455 4.1); any other Upgrade is only dropped. */
    public boolean isWebSocket() {
        return webSocket;
    }

    /** The value of the first cookie of a name, as received, or null. */
    public @Nullable String cookie(String name) {
        return new CookieScan(this, name).nextValue();
    }

    /** Host is to be written from {@link #authority()}, unless a filter has dropped it to write its own. */
    boolean replacesHost() {
        return isAbsolute() && hostField >= 0 && !isDroppedByFilter(hostField);
    }

    /** Where the target as received begins in {@link #bytes}. */
    public int targetStart() {
        return targetStart;
    }

    /** Behind the target as received. */
    public int targetEnd() {
        return targetEnd;
    }

    int methodStart() {
        return methodStart;
    }

    int methodEnd() {
        return methodEnd;
    }

    /** Whether the request line may be forwarded byte by byte. */
    boolean isLineUnchanged() {
        return current && target.isUnchanged() && targetStart == methodEnd + 1;
    }

    /** Where the field lines begin. */
    int lineEndOfStart() {
        return targetEnd + 11;
    }

    RequestTarget parts() {
        return target;
    }
}
