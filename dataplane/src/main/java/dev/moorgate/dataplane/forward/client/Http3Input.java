package dev.moorgate.dataplane.forward.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AsciiString;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What comes on one stream. The end of a stream may come behind its head: a head is held until it shows whether there is content,
 * so that a request without any is not forwarded as one with content of unknown length. Its event loop only.
 */
final class Http3Input extends Http3RequestStreamInboundHandler {
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    /** Have no content as a rule, so that their end is waited for. Other clients may wait for an answer before they send any. */
    private static final Set<AsciiString> MOSTLY_BARE = Set.of(
            AsciiString.cached("GET"),
            AsciiString.cached("HEAD"),
            AsciiString.cached("OPTIONS"),
            AsciiString.cached("DELETE"));

    private final Http3Client client;
    private final QuicStreamChannel stream;
    private final FrameEnds frames;
    private @Nullable Http3Headers held;
    private boolean headRead;
    private boolean ended;

    /** @param frames sees what the codec reads */
    Http3Input(Http3Client client, QuicStreamChannel stream, FrameEnds frames) {
        this.client = client;
        this.stream = stream;
        this.frames = frames;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        client.opened();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        client.lost();
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
        if (!headRead) {
            headRead = true;
            held = frame.headers();
        } else {
            give(false);
            client.trailers(frame.headers());
        }
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
        give(false);
        client.data(frame.content());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Http3Headers head = held;
        if (head != null && stream.isInputShutdown()) {
            end();
        } else if (head != null && !isBare(head)) {
            give(false);
        }
        ctx.fireChannelReadComplete();
    }

    private static boolean isBare(Http3Headers head) {
        CharSequence method = head.method();
        return method != null && MOSTLY_BARE.contains(AsciiString.of(method)) && !head.contains(CONTENT_LENGTH);
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext ctx) {
        end();
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        if (frames.isWithinFrame()) {
            client.endedWithinFrame();
        } else if (held != null) {
            give(true);
        } else {
            client.ended();
        }
    }

    /** @param last nothing follows the head */
    private void give(boolean last) {
        Http3Headers head = held;
        if (head != null) {
            held = null;
            client.head(head, last);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        client.writabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        client.failed(problem);
    }
}
