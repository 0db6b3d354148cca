package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.StickySession.AppCookie;
import dev.moorgate.routetable.StickySession.Drain;
import dev.moorgate.routetable.StickySession.Form;
import dev.moorgate.routetable.StickySession.ImportedCookie;
import dev.moorgate.routetable.StickySession.Limits;
import dev.moorgate.routetable.StickySession.Rebalance;
import dev.moorgate.routetable.StickySession.Share;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What no proxy could do with sessions cannot be said. */
class SessionRefusalsTest {
    private static Arguments refused(String message, Supplier<?> making) {
        return Arguments.of(message, making);
    }

    static Stream<Arguments> parts() {
        return Stream.of(
                refused("maxSessions must not be negative", () -> new Limits(-1, 0)),
                refused("maxSkewPercent must be 0 or at least 100", () -> new Limits(0, 99)),
                refused(
                        "name of an imported cookie must not be blank",
                        () -> new ImportedCookie(Form.OPAQUE, "", OptionalLong.empty(), List.of())),
                refused("a rebalance begins after 1970", () -> new Rebalance(0, List.of(), 0, Duration.ZERO)),
                refused(
                        "percentPerMinute must be 0 to 100, not 101",
                        () -> new Rebalance(1, List.of(), 101, Duration.ZERO)),
                refused(
                        "minIdle must not be negative, not PT-1S",
                        () -> new Rebalance(1, List.of(), 0, Duration.ofSeconds(-1))),
                refused(
                        "name of the application's cookie must not be blank",
                        () -> new AppCookie(" ", Optional.empty())),
                refused("endpoint that drains must not be blank", () -> new Drain("", 1)),
                refused("an endpoint drains since a time after 1970", () -> new Drain("e", 0)),
                refused("endpoint of a share must not be blank", () -> new Share("", 1)),
                refused("permyriad must be 0 to 10000, not 10001", () -> new Share("e", 10_001)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("parts")
    void refusalNamesTheField(String message, Supplier<?> making) {
        assertThatIllegalArgumentException().isThrownBy(making::get).withMessage(message);
    }
}
