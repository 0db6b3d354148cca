package dev.moorgate.dataplane.listen.quic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.SecretKey;
import org.junit.jupiter.api.Test;

/** A token is good for who got it, for a while, and for nobody else. */
class RetryTokensTest {
    private static final InetSocketAddress CLIENT = address("192.0.2.1", 4433);
    private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};

    private final AtomicLong clock = new AtomicLong(-5);
    private final SecretKey key = RetryTokens.newKey();
    private final RetryTokens tokens = new RetryTokens(key, clock::get);

    private static InetSocketAddress address(String literal, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
    }

    private byte[] token() {
        ByteBuf out = Unpooled.buffer();
        assertThat(tokens.writeToken(out, Unpooled.wrappedBuffer(ID), CLIENT)).isTrue();
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        assertThat(bytes).hasSizeLessThanOrEqualTo(tokens.maxTokenLength());
        return bytes;
    }

    private static int look(RetryTokens by, byte[] token, InetSocketAddress client) {
        return by.validateToken(Unpooled.wrappedBuffer(token), client);
    }

    @Test
    void itsOwnerComesInWithItAndTheConnectionIdIsInIt() {
        byte[] token = token();
        int at = look(tokens, token, CLIENT);
        assertThat(at).isPositive();
        assertThat(Arrays.copyOfRange(token, at, token.length)).isEqualTo(ID);
        assertThat(look(new RetryTokens(key, clock::get), token, CLIENT)).isEqualTo(at);
    }

    @Test
    void anotherAddressOrPortDoesNot() {
        byte[] token = token();
        assertThat(look(tokens, token, address("192.0.2.2", 4433))).isEqualTo(-1);
        assertThat(look(tokens, token, address("192.0.2.1", 4434))).isEqualTo(-1);
        assertThat(look(tokens, token, address("2001:db8::1", 4433))).isEqualTo(-1);
    }

    @Test
    void itExpires() {
        byte[] token = token();
        clock.addAndGet(RetryTokens.LIFE_NANOS);
        assertThat(look(tokens, token, CLIENT)).isPositive();
        clock.incrementAndGet();
        assertThat(look(tokens, token, CLIENT)).isEqualTo(-1);
    }

    @Test
    void oneOfTheFutureIsNone() {
        byte[] token = token();
        clock.decrementAndGet();
        assertThat(look(tokens, token, CLIENT)).isEqualTo(-1);
    }

    @Test
    void aForgedOneIsNone() {
        byte[] token = token();
        for (int i = 0; i < token.length; i++) {
            byte[] forged = token.clone();
            forged[i] ^= 1;
            assertThat(look(tokens, forged, CLIENT)).as("octet " + i).isEqualTo(-1);
        }
        assertThat(look(new RetryTokens(RetryTokens.newKey(), clock::get), token, CLIENT))
                .isEqualTo(-1);
    }

    @Test
    void whatIsTooShortOrTooLongIsNone() {
        assertThat(look(tokens, new byte[0], CLIENT)).isEqualTo(-1);
        assertThat(look(tokens, new byte[24], CLIENT)).isEqualTo(-1);
        assertThat(look(tokens, new byte[100], CLIENT)).isEqualTo(-1);
    }
}
