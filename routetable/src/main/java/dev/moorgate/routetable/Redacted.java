package dev.moorgate.routetable;

/** A secret text (a private key in PEM, a session key in base64) that never prints itself. */
public record Redacted(String value) {
    public Redacted {
        Checks.notBlank(value, "secret");
    }

    @Override
    public String toString() {
        return "<redacted>";
    }
}
