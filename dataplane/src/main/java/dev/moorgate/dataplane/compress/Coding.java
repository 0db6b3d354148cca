package dev.moorgate.dataplane.compress;

import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;

/** A content coding as HTTP names it (RFC 9110 8.4.1, RFC 8878 7.2, RFC 7932 13). */
public enum Coding {
    ZSTD("zstd"),
    BROTLI("br"),
    GZIP("gzip");

    private final String token;

    Coding(String token) {
        this.token = token;
    }

    static Coding of(Algorithm algorithm) {
        return valueOf(algorithm.name());
    }

    /** As fields, logs and metrics have it. */
    public String token() {
        return token;
    }
}
