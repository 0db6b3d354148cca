package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A response's head from an upstream, as strict as {@link RequestHead}: what cannot be told apart from a smuggled second
 * response is refused, and the connection with it. The reason phrase is carried and never looked at.
 */
public final class ResponseHead extends MessageHead {
    private final Framing framing = new Framing();
    private int status;
    private int statusStart;
    private int statusLineEnd;
    private boolean toHead;

    /** Takes bytes of a head from {@code in}; {@code requestMethod} is the method (of {@link Methods}) that it answers. */
    public Progress parse(ByteBuf in, HeadLimits limits, int requestMethod) {
        answers(requestMethod);
        return advance(in, limits);
    }

    /** Says the method (of {@link Methods}) that the next head answers. */
    public void answers(int requestMethod) {
        toHead = requestMethod == Methods.HEAD;
    }

    /** Whether there is no content whatever the fields say (RFC 9110 6.4.1). */
    public boolean isWithoutContent() {
        return status < 200 || status == 204 || status == 304 || toHead;
    }

    @Override
    public void reset() {
        super.reset();
        status = statusStart = statusLineEnd = 0;
    }

    /** Becomes what another is, which was read, sound, answers a request of the same kind, and was not changed since. */
    public void copy(ResponseHead from) {
        copyHead(from);
        status = from.status;
        statusStart = from.statusStart;
        statusLineEnd = from.statusLineEnd;
        toHead = from.toHead;
    }

    @Override
    int leadingLines() {
        return 0;
    }

    @Override
    @Nullable
    ParseError startLine(int start, int end, HeadLimits limits) {
        if (end - start < 12
                || bytes[start] != 'H'
                || bytes[start + 1] != 'T'
                || bytes[start + 2] != 'T'
                || bytes[start + 3] != 'P'
                || bytes[start + 4] != '/'
                || bytes[start + 5] != '1'
                || bytes[start + 6] != '.'
                || (bytes[start + 7] != '1' && bytes[start + 7] != '0')
                || bytes[start + 8] != ' '
                || (end - start > 12 && bytes[start + 12] != ' ')) {
            return ParseError.BAD_STATUS_LINE;
        }
        int number = 0;
        for (int i = start + 9; i < start + 12; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return ParseError.BAD_STATUS_LINE;
            }
            number = number * 10 + digit;
        }
        status = number;
        statusStart = start + 9;
        statusLineEnd = end;
        current = bytes[start + 7] == '1';
        return number < 100 || number > 599 ? ParseError.BAD_STATUS_LINE : null;
    }

    @Override
    ParseError startLineTooLong(int start, int end, HeadLimits limits) {
        return ParseError.BAD_STATUS_LINE;
    }

    @Override
    @Nullable
    ParseError complete() {
        ParseError error = framing.read(this);
        if (error != null) {
            return error;
        }
        boolean never = status < 200 || status == 204;
        if (never && has(Fields.CONTENT_LENGTH)) {
            // RFC 9110 8.6: a length there can only mislead whoever reads on.
            for (int i = 0; i < fieldCount(); i++) {
                if (fieldId(i) == Fields.CONTENT_LENGTH) {
                    dropByProtocol(i);
                }
            }
        }
        if (never && status != 101 && (contentLength > 0 || framing.isChunked())) {
            // Who announces content may send it, and nobody is to be given it as their answer.
            keepAlive = false;
        }
        if (never || status == 304 || toHead) {
            bodyKind = BodyKind.NONE;
        } else if (framing.isChunked()) {
            bodyKind = BodyKind.CHUNKED;
        } else if (contentLength >= 0) {
            bodyKind = contentLength == 0 ? BodyKind.NONE : BodyKind.LENGTH;
        } else {
            bodyKind = BodyKind.UNTIL_CLOSE;
            keepAlive = false;
        }
        return null;
    }

    /** 100 to 599. */
    public int status() {
        return status;
    }

    /** 1xx: another head follows, except after 101. */
    public boolean isInterim() {
        return status < 200 && status != 101;
    }

    /** 101 that names websocket as the protocol switched to. */
    public boolean isWebSocket() {
        return status == 101 && current && framing.isWebSocket();
    }

    /** The reason phrase as received, often empty. */
    public String reason() {
        return Octets.text(bytes, Math.min(statusStart + 4, statusLineEnd), statusLineEnd);
    }

    int statusStart() {
        return statusStart;
    }

    int statusLineEnd() {
        return statusLineEnd;
    }
}
