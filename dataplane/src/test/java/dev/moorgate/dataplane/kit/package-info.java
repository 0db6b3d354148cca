/**
 * Tools for tests with real sockets: the proxy on a port of its own, upstreams that misbehave by script, clients that say
 * every byte themselves. Start at {@code ProxyUnderTest}, {@code ScriptedUpstream} and {@code RawClient}.
 */
@NullMarked
package dev.moorgate.dataplane.kit;

import org.jspecify.annotations.NullMarked;
