package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.upstream.EndpointTls;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Consumer;

/** One check on a connection of its own, with TLS as the endpoint's traffic has it. Its event loop only, once. */
class Probe extends ChannelInboundHandlerAdapter {
    /** The outcome of a check that passed; others say why not. */
    static final String PASSED = "";

    private final UpstreamTarget target;
    private final Consumer<String> outcome;
    private boolean finished;

    /** {@code outcome} hears once. */
    Probe(UpstreamTarget target, Consumer<String> outcome) {
        this.target = target;
        this.outcome = outcome;
    }

    /** The endpoint is connected, and TLS is in place: enough for some. */
    void connected(ChannelHandlerContext ctx) {
        finish(PASSED);
    }

    /** The endpoint has closed before the outcome was known. */
    void closed() {
        finish("the endpoint closed the connection");
    }

    final void finish(String result) {
        if (!finished) {
            finished = true;
            outcome.accept(result);
        }
    }

    /** Nobody wants to know any more. */
    final void abandon() {
        finished = true;
    }

    final boolean isFinished() {
        return finished;
    }

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        EndpointTls tls = target.tls();
        if (tls != null) {
            ctx.pipeline().addFirst(tls.newHandler(ctx.alloc(), target.address()));
        }
    }

    @Override
    public final void channelActive(ChannelHandlerContext ctx) {
        if (target.tls() == null) {
            connected(ctx);
        }
    }

    @Override
    public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        EndpointTls tls = target.tls();
        if (tls != null && event instanceof SslHandshakeCompletionEvent done) {
            String refusal = done.isSuccess() ? tls.refusal(ctx.pipeline()) : EndpointTls.explain(done.cause());
            if (refusal == null) {
                connected(ctx);
            } else {
                finish(refusal);
            }
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        closed();
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        finish(EndpointTls.explain(cause));
    }
}
