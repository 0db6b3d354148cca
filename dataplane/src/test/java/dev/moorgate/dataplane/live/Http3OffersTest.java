package dev.moorgate.dataplane.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http3OffersTest {

    private static Listener asked() {
        Listener clear = Setup.toPorts().table().listeners().getFirst();
        var tls = new ListenerTls(
                List.of(ServerName.terminated(HostPattern.ANY, List.of("any"))),
                Optional.empty(),
                Optional.empty(),
                ListenerTls.Version.TLS_1_2,
                List.of("h3", "h2"));
        return new Listener(
                "web",
                clear.source(),
                Listener.Protocol.HTTPS,
                443,
                "127.0.0.1",
                0,
                443,
                Optional.of(tls),
                clear.virtualHosts());
    }

    @ParameterizedTest
    @CsvSource({"true, offered, 1.0", "false, no_codec, 0.0"})
    void aListenerIsServedWithoutItWhereTheSystemHasNoCodec(boolean codec, String reason, String gauge) {
        Listener listener = asked();
        var offers = new Http3Offers(() -> codec);
        assertThat(offers.terms(listener, ProxySettings.STANDARD).isPresent()).isEqualTo(codec);
        RouteTable clear = Setup.toPorts().table();
        offers.adopt(new RouteTable(
                clear.settings(),
                List.of(listener),
                clear.upstreams(),
                clear.sessions(),
                List.of(TlsCertificate.of("any").named("any")),
                clear.keyRings()));
        assertThat(MetricText.of(offers))
                .contains("moorgate_listener_http3{listener=\"web\",reason=\"" + reason + "\"} " + gauge);
    }
}
