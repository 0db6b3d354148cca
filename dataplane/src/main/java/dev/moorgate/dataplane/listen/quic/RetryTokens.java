package dev.moorgate.dataplane.listen.quic;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Validates a client's address before anything is kept for it (RFC 9000 8.1.2): it has to come back with a token that only
 * who reads at that address can know. A token is the time, a signature over time, address, port and connection ID, and that
 * connection ID. One an event loop; all that share a key take each other's.
 */
final class RetryTokens implements QuicTokenHandler {
    static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final String HMAC = "HmacSHA256";
    private static final int MAC_BYTES = 16;
    private static final int HEAD_BYTES = Long.BYTES + MAC_BYTES;
    private static final int REFUSED = -1;

    private final Mac mac;
    private final LongSupplier nanos;

    RetryTokens(SecretKey key, LongSupplier nanos) {
        this.nanos = nanos;
        try {
            mac = Mac.getInstance(HMAC);
            mac.init(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static SecretKey newKey() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return new SecretKeySpec(bytes, HMAC);
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress client) {
        byte[] id = bytes(connectionId, connectionId.readerIndex());
        long now = nanos.getAsLong();
        out.writeLong(now).writeBytes(sign(now, client, id), 0, MAC_BYTES).writeBytes(id);
        return true;
    }

    /** Where the first connection ID stands in {@code token}, or -1: it is not good for this client now. */
    @Override
    public int validateToken(ByteBuf token, InetSocketAddress client) {
        int start = token.readerIndex();
        int length = token.readableBytes();
        if (length <= HEAD_BYTES || length > maxTokenLength()) {
            return REFUSED;
        }
        long made = token.getLong(start);
        long age = nanos.getAsLong() - made;
        byte[] given = new byte[MAC_BYTES];
        token.getBytes(start + Long.BYTES, given);
        byte[] right = sign(made, client, bytes(token, start + HEAD_BYTES));
        boolean signed = MessageDigest.isEqual(given, Arrays.copyOf(right, MAC_BYTES));
        return signed && age >= 0 && age <= LIFE_NANOS ? HEAD_BYTES : REFUSED;
    }

    @Override
    public int maxTokenLength() {
        return HEAD_BYTES + Quic.MAX_CONN_ID_LEN;
    }

    private byte[] sign(long time, InetSocketAddress client, byte[] id) {
        for (int shift = Long.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            mac.update((byte) (time >>> shift));
        }
        byte[] address = client.getAddress().getAddress();
        mac.update((byte) address.length);
        mac.update(address);
        mac.update((byte) (client.getPort() >>> Byte.SIZE));
        mac.update((byte) client.getPort());
        return mac.doFinal(id);
    }

    private static byte[] bytes(ByteBuf from, int start) {
        byte[] bytes = new byte[from.writerIndex() - start];
        from.getBytes(start, bytes);
        return bytes;
    }
}
