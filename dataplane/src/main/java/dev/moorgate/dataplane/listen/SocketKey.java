package dev.moorgate.dataplane.listen;

import dev.moorgate.routetable.Listener;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * What tells one server socket from another: the address (empty for all of both families) and port it is bound to, and the
 * listener's name where the system chooses the port.
 */
public record SocketKey(String address, int port, String listener) {

    public static SocketKey of(Listener listener) {
        return new SocketKey(
                listener.bindAddress(), listener.bindPort(), listener.bindPort() == 0 ? listener.name() : "");
    }

    /** Whether the kernel refuses to have both open: the same port, and one of them on all addresses. */
    boolean collidesWith(SocketKey other) {
        return port != 0 && port == other.port && (isWildcard() || other.isWildcard());
    }

    boolean isWildcard() {
        return address.isEmpty() || address.equals("0.0.0.0") || address.equals("::");
    }

    /** The addresses to try in turn: an empty address is {@code ::}, which takes IPv4 too, else IPv4 alone. */
    InetSocketAddress[] candidates() {
        if (address.isEmpty()) {
            return new InetSocketAddress[] {at("::"), at("0.0.0.0")};
        }
        return new InetSocketAddress[] {at(address)};
    }

    private InetSocketAddress at(String literal) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
        if (bytes == null) {
            throw new IllegalArgumentException("not an IP address: " + literal);
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address: " + literal, e);
        }
    }

    /** {@code *:8080}, {@code 127.0.0.2:8080} or {@code [::1]:8080}. */
    @Override
    public String toString() {
        String host = address.isEmpty() ? "*" : address.indexOf(':') >= 0 ? "[" + address + "]" : address;
        return host + ":" + port;
    }
}
