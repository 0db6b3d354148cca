/**
 * OCSP responses (RFC 6960) that go with certificates in handshakes: fetched off the event loops, verified, kept fresh. Depends on
 * {@code observe} and Bouncy Castle's ASN.1. Start at {@code Stapling}.
 */
@NullMarked
package dev.moorgate.dataplane.listen.staple;

import org.jspecify.annotations.NullMarked;
