package dev.moorgate.operator.publish;

import dev.moorgate.routetable.Redacted;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/**
 * How a replica shows itself to the others of its release, and whom it believes; all in PEM.
 *
 * @param name of the pod, the DNS name in the certificate
 * @param authority certificate of the release's own authority
 */
public record ReplicaIdentity(String name, String authority, String certificate, Redacted key) {

    PemKeyCertOptions shown() {
        return new PemKeyCertOptions().setCertValue(Buffer.buffer(certificate)).setKeyValue(Buffer.buffer(key.value()));
    }

    PemTrustOptions believed() {
        return new PemTrustOptions().addCertValue(Buffer.buffer(authority));
    }
}
