package dev.moorgate.routetable;

/**
 * A certificate chain, leaf first, and its private key, both in PEM.
 *
 * @param id stable, of its source: {@code namespace/secret}
 */
public record Certificate(String id, String chain, Redacted key) {
    public Certificate {
        Checks.notBlank(id, "certificate id");
        Checks.notBlank(chain, "certificate chain");
    }
}
