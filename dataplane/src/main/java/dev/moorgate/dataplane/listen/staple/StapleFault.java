package dev.moorgate.dataplane.listen.staple;

import java.util.Locale;

/** Why there is no response that could be stapled: the closed list of words in metrics, logs and on the admin page. */
public enum StapleFault {
    /** The responder's host has no address, or none that may be asked. */
    ADDRESS,
    /** It refuses the connection or ends it early. */
    UNREACHABLE,
    TIMEOUT,
    /** HTTP, and no 200. */
    HTTP_STATUS,
    /** No OCSP response, or a larger one than is read. */
    MALFORMED,
    /** An OCSP error: unauthorized, try later. */
    REFUSED,
    /** Of another certificate, or with a signature of somebody who does not speak for the issuer. */
    UNVERIFIED,
    /** Its time is over, or still to come. */
    OUT_OF_DATE,
    /** The responder does not know the certificate. */
    UNKNOWN,
    /** The issuer took the certificate back. */
    REVOKED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The word in metrics and logs: {@code out_of_date}. */
    public String word() {
        return word;
    }
}
