package dev.moorgate.dataplane.filter;

import dev.moorgate.routetable.Listener;

/** How clients reach a listener: what redirects and the forwarded family name. */
public record Entrance(String scheme, int publicPort) {

    public static Entrance of(Listener listener) {
        boolean secure = listener.protocol() == Listener.Protocol.HTTPS;
        return new Entrance(secure ? "https" : "http", listener.publicPort());
    }

    public boolean isSecure() {
        return scheme.equals("https");
    }
}
