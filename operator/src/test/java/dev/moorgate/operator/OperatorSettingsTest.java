package dev.moorgate.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the chart says to the operator by its environment, and that a slip there is named instead of guessed at. */
class OperatorSettingsTest {
    private final Map<String, String> environment = new TreeMap<>(
            Map.of("MOORGATE_NAMESPACE", "edge", "MOORGATE_CONTROL_SOCKET", "/run/moorgate/control.sock"));

    private OperatorSettings settings(String name, String value) {
        environment.put("MOORGATE_" + name, value);
        return OperatorSettings.of(environment);
    }

    @Test
    void whatIsNotSaidIsTheStandard() {
        OperatorSettings settings = OperatorSettings.of(environment);

        assertThat(settings.namespace()).isEqualTo("edge");
        assertThat(settings.dataPlane()).isEqualTo("moorgate");
        assertThat(settings.lease()).isEqualTo("moorgate-leader");
        assertThat(settings.namespaces()).isEmpty();
        assertThat(settings.privatePorts()).containsExactly(9900, 9901);
    }

    /** Fault I10: whoever could name one of them as an endpoint would have it served to the world. */
    @Test
    void thePortsThatAreNoListenersAreThoseOfBothProcesses() {
        environment.put("MOORGATE_HEALTH", "0.0.0.0:8081");
        environment.put("MOORGATE_REPLICA", "0.0.0.0:8082");

        assertThat(settings("DATAPLANE_PRIVATE_PORTS", "9700, 9701").privatePorts())
                .containsExactly(8081, 8082, 9700, 9701);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    DATAPLANE_PRIVATE_PORTS | 9900,,9901 | MOORGATE_DATAPLANE_PRIVATE_PORTS:  is no port
                    DATAPLANE_PRIVATE_PORTS | 9900;9901  | MOORGATE_DATAPLANE_PRIVATE_PORTS: 9900;9901 is no port
                    DATAPLANE_PRIVATE_PORTS | 0          | MOORGATE_DATAPLANE_PRIVATE_PORTS: 0 is no port
                    DATAPLANE_PRIVATE_PORTS | 65536      | MOORGATE_DATAPLANE_PRIVATE_PORTS: 65536 is no port
                    HTTP_PORT               | http       | MOORGATE_HTTP_PORT: http is no port
                    HEALTH                  | 8081       | MOORGATE_HEALTH: 8081 is not HOST:PORT
                    REPLICA                 | pod:x      | MOORGATE_REPLICA: x is no port
                    HEALTH                  | :65536     | MOORGATE_HEALTH: 65536 is no port
                    POD_SELECTOR            | app        | MOORGATE_POD_SELECTOR: app is not LABEL=VALUE
                    NAMESPACE               | ' '        | MOORGATE_NAMESPACE is not set
                    CONTROL_SOCKET          | ''         | MOORGATE_CONTROL_SOCKET is not set
                    """)
    void aSlipIsNamed(String name, String value, String message) {
        assertThatThrownBy(() -> settings(name, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
