package dev.moorgate.dataplane.listen.proxy;

import dev.moorgate.routetable.ProxySettings.ProxyProtocol;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whose PROXY headers a listener takes. Immutable, any thread. */
public final class ProxyRule {
    private final ProxyProtocol settings;
    private final List<IpSubnetFilterRule> networks;

    private ProxyRule(ProxyProtocol settings, List<IpSubnetFilterRule> networks) {
        this.settings = settings;
        this.networks = networks;
    }

    /**
     * Compiles the settings.
     *
     * @throws IllegalArgumentException for a network that is not an IP address with an optional prefix length
     */
    public static ProxyRule of(ProxyProtocol settings) {
        List<IpSubnetFilterRule> networks = new ArrayList<>();
        for (String text : settings.networks()) {
            int slash = text.indexOf('/');
            InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int bits = slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1));
            networks.add(new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT));
        }
        return new ProxyRule(settings, List.copyOf(networks));
    }

    /** The rule where it holds for the listener. */
    public Optional<ProxyRule> forListener(String name) {
        return settings.isFor(name) ? Optional.of(this) : Optional.empty();
    }

    /** Whether the peer is one of the load balancers. */
    public boolean trusts(InetSocketAddress peer) {
        for (IpSubnetFilterRule network : networks) {
            if (network.matches(peer)) {
                return true;
            }
        }
        return false;
    }
}
