package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.tls.ClientHello;
import dev.moorgate.dataplane.listen.tls.HandshakeFailure;
import dev.moorgate.dataplane.listen.tls.ServerTls;
import dev.moorgate.dataplane.listen.tls.TlsContext;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects the ClientHello, chooses certificate and protocol by it and puts the TLS engine in its own place, or refuses with an
 * alert. The time for a handshake counts from the connection's first moment. One connection, its event loop only.
 */
final class HelloReader extends SslClientHelloHandler<ServerTls.Choice> {
    private static final Logger LOG = LoggerFactory.getLogger(HelloReader.class);
    private static final int MOST_HELLO_BYTES = 16 * 1024;

    private final ListenSocket socket;
    private final HandshakeOutcome outcome;
    private final long deadline;
    private @Nullable ClientHello hello;
    private @Nullable ScheduledFuture<?> timeout;

    HelloReader(ListenSocket socket, HandshakeOutcome outcome, Duration limit) {
        super(MOST_HELLO_BYTES);
        this.socket = socket;
        this.outcome = outcome;
        this.deadline = System.nanoTime() + limit.toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor()
                .schedule(
                        () -> outcome.fail(ctx, HandshakeFailure.TIMEOUT),
                        deadline - System.nanoTime(),
                        TimeUnit.NANOSECONDS);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
        if (timeout != null) {
            timeout.cancel(false);
        }
        super.handlerRemoved0(ctx);
    }

    @Override
    protected Future<ServerTls.Choice> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf body) {
        return ctx.executor().newSucceededFuture(choose(body));
    }

    private ServerTls.Choice choose(@Nullable ByteBuf body) {
        if (body == null) {
            return new ServerTls.Choice.Refuse(HandshakeFailure.NOT_TLS);
        }
        ClientHello read = ClientHello.parse(body);
        hello = read;
        return read == null ? new ServerTls.Choice.Refuse(HandshakeFailure.MALFORMED_HELLO) : choose(read);
    }

    private ServerTls.Choice choose(ClientHello read) {
        return socket.serving()
                .tls()
                .map(tls -> tls.choose(read))
                .orElseGet(() -> new ServerTls.Choice.Refuse(HandshakeFailure.OTHER));
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, Future<ServerTls.Choice> choice) {
        switch (choice.getNow()) {
            case ServerTls.Choice.Refuse refusal -> outcome.fail(ctx, refusal.reason());
            case ServerTls.Choice.Serve serve -> begin(ctx, serve.context());
            case ServerTls.Choice.PassThrough pass -> {
                outcome.passThrough(ctx, pass.serverName());
                // hands on what was read
                ctx.pipeline().remove(this);
            }
        }
    }

    /** The certificate was replaced between the choice and the handshake. */
    private void chooseAgain(ChannelHandlerContext ctx, TlsContext gone) {
        ClientHello read = hello;
        if (read != null
                && choose(read) instanceof ServerTls.Choice.Serve serve
                && !serve.context().equals(gone)) {
            begin(ctx, serve.context());
        } else {
            outcome.fail(ctx, HandshakeFailure.OTHER);
        }
    }

    private void begin(ChannelHandlerContext ctx, TlsContext context) {
        SslHandler engine;
        try {
            engine = context.handler(ctx.alloc());
        } catch (SSLException | RuntimeException e) {
            LOG.error(
                    "certificate cannot be served: listener={} certificate={}",
                    socket.serving().listener().name(),
                    context.certificate(),
                    e);
            outcome.fail(ctx, HandshakeFailure.BROKEN_CERTIFICATE);
            return;
        }
        if (engine == null) {
            chooseAgain(ctx, context);
            return;
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        engine.setHandshakeTimeoutMillis(Math.max(1, left));
        outcome.chosen(hello, context);
        ctx.pipeline().replace(this, "tls", engine);
    }
}
