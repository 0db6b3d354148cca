package dev.moorgate.dataplane.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.RoutePolicy.Clients;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Denied before allowed, and every list has to agree. */
class ClientListsTest {
    private static final ClientLists LISTS = new ClientLists(List.of(
            new Clients(List.of("10.0.0.0/8", "2001:db8::/33"), List.of("10.1.2.128/25")),
            new Clients(List.of(), List.of("10.9.0.0/16"))));

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, true",
        "10.1.2.127, true",
        "10.1.2.128, false",
        "10.9.1.1, false",
        "11.0.0.1, false",
        "2001:db8:7fff::1, true",
        "2001:db8:8000::1, false",
        "'::ffff:10.0.0.1', true",
        "'', false",
        "unknown, false"
    })
    void anAddressIsLetIn(String client, boolean admitted) {
        assertThat(LISTS.admit(client, null)).isEqualTo(admitted);
    }
}
