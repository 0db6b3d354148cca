package dev.moorgate.dataplane.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Statuses of gRPC as its documents number and map them. */
class GrpcStatusesTest {
    @ParameterizedTest(name = "{0}")
    @EnumSource(ProxyFailure.class)
    void noFailureIsToldAsASuccess(ProxyFailure failure) {
        assertThat(GrpcStatuses.of(failure)).isNotEqualTo(GrpcStatus.OK);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "NO_ROUTE, 12",
        "INVALID_BACKEND, 14",
        "NO_ENDPOINTS, 14",
        "CONNECT_REFUSED, 14",
        "UPSTREAM_LOST, 14",
        "REQUEST_TIMEOUT, 4",
        "RATE_LIMITED, 8",
        "UNAUTHENTICATED, 16",
        "CLIENT_DENIED, 7",
        "MALFORMED_REQUEST, 13",
        "INTERNAL, 13"
    })
    void ourReasonsHaveTheCodesThatClientsActOn(ProxyFailure failure, int code) {
        assertThat(GrpcStatuses.of(failure).code()).isEqualTo(code);
    }

    @ParameterizedTest(name = "HTTP {0} is {1}")
    @CsvSource({
        "400, INTERNAL",
        "401, UNAUTHENTICATED",
        "403, PERMISSION_DENIED",
        "404, UNIMPLEMENTED",
        "429, UNAVAILABLE",
        "502, UNAVAILABLE",
        "503, UNAVAILABLE",
        "504, UNAVAILABLE",
        "200, UNKNOWN",
        "418, UNKNOWN",
        "500, UNKNOWN"
    })
    void statusesOfHttpAreReadAsClientsReadThem(int status, GrpcStatus expected) {
        assertThat(GrpcStatuses.ofHttp(status)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "\"{0}\" is {1}")
    @CsvSource({"0, OK", "1, CANCELLED", "14, UNAVAILABLE", "16, UNAUTHENTICATED", "05, NOT_FOUND"})
    void codesAreRead(String text, GrpcStatus expected) {
        assertThat(parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "\"{0}\"")
    @CsvSource({"17", "99", "014", "-1", "''", "OK", "1 4"})
    void otherCodesAreUnknown(String text) {
        assertThat(parse(text)).isEqualTo(GrpcStatus.UNKNOWN);
    }

    private static GrpcStatus parse(String text) {
        byte[] bytes = ("1" + text + "1").getBytes(StandardCharsets.ISO_8859_1);
        return GrpcStatuses.parse(bytes, 1, bytes.length - 1);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"no_route, no_route", "100% sure, 100%25 sure", "für, f%C3%BCr", "'a\tb', a%09b"})
    void messagesAreEncodedByThePercent(String text, String encoded) {
        assertThat(GrpcStatuses.message(text)).isEqualTo(encoded);
    }
}
