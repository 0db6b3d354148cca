/** Certificates, and handshakes as clients make them. */
@NullMarked
package dev.moorgate.e2e.tls;

import org.jspecify.annotations.NullMarked;
