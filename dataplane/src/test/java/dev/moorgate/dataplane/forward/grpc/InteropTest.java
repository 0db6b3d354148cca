package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.forward.grpc.TestService.Ask;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases of gRPC's interop suite (grpc/doc/interop-test-descriptions.md) with grpc-java on both sides of the proxy, in clear and
 * over TLS. Left out are those of authentication and load reports, and those of GET, which concern no proxy (fault E5).
 */
class InteropTest {
    private static final int LARGE_REQUEST = 271_828;
    private static final int LARGE_ANSWER = 314_159;
    private static final Integer[] ANSWERS = {31_415, 9, 2_653, 58_979};
    private static final int[] REQUESTS = {27_182, 8, 1_828, 45_904};

    /** What a case has to do with. */
    record Scene(ManagedChannel channel, TestService service, ProxyUnderTest proxy) {
        byte[] unary(Ask ask, CallOptions options) {
            return ClientCalls.blockingUnaryCall(channel, TestService.UNARY, options, ask);
        }
    }

    interface Case {
        void run(Scene scene) throws Exception;
    }

    private static Arguments of(String name, Case what) {
        return Arguments.of(name, what);
    }

    static Stream<Arguments> cases() {
        return Stream.of(
                of("empty_unary", InteropTest::emptyUnary),
                of("large_unary", InteropTest::largeUnary),
                of("client_compressed_unary", InteropTest::clientCompressedUnary),
                of("server_compressed_unary", InteropTest::serverCompressedUnary),
                of("client_streaming", InteropTest::clientStreaming),
                of("client_compressed_streaming", InteropTest::clientCompressedStreaming),
                of("server_streaming", InteropTest::serverStreaming),
                of("ping_pong", InteropTest::pingPong),
                of("empty_stream", InteropTest::emptyStream),
                of("custom_metadata", InteropTest::customMetadata),
                of("status_code_and_message", InteropTest::statusCodeAndMessage),
                of("special_status_message", InteropTest::specialStatusMessage),
                of("unimplemented_method", InteropTest::unimplementedMethod),
                of("unimplemented_service", InteropTest::unimplementedService),
                of("cancel_after_begin", InteropTest::cancelAfterBegin),
                of("cancel_after_first_response", InteropTest::cancelAfterFirstResponse),
                of("timeout_on_sleeping_server", InteropTest::timeoutOnSleepingServer),
                of("concurrent_large_unary", InteropTest::concurrentLargeUnary));
    }

    @ParameterizedTest(name = "{0}, in clear")
    @MethodSource("cases")
    void inClear(String name, Case what) throws Exception {
        var service = new TestService();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(service.definition())
                .build()
                .start();
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(server.getPort()).protocol(Protocol.H2C))) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", proxy.port())
                    .usePlaintext()
                    .maxInboundMessageSize(1 << 20)
                    .build();
            run(what, new Scene(channel, service, proxy), server);
        }
    }

    @ParameterizedTest(name = "{0}, over TLS")
    @MethodSource("cases")
    void overTls(String name, Case what) throws Exception {
        TlsCertificate certificate = TlsCertificate.of("shop.example");
        var service = new TestService();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sslContext(
                        GrpcSslContexts.forServer(stream(certificate.certificatePem()), stream(certificate.keyPem()))
                                .build())
                .addService(service.definition())
                .build()
                .start();
        var tls =
                new UpstreamTls("shop.example", Optional.of(certificate.certificatePem()), List.of(), Optional.empty());
        try (var proxy = ProxyUnderTest.startNegotiating(
                Setup.toPorts(server.getPort()).protocol(Protocol.H2).upstreamTls(tls), certificate)) {
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", proxy.port())
                    .overrideAuthority("shop.example")
                    .sslContext(GrpcSslContexts.forClient()
                            .trustManager(stream(certificate.certificatePem()))
                            .build())
                    .maxInboundMessageSize(1 << 20)
                    .build();
            run(what, new Scene(channel, service, proxy), server);
        }
    }

    private static ByteArrayInputStream stream(String pem) {
        return new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
    }

    private static void run(Case what, Scene scene, Server server) throws Exception {
        try {
            what.run(scene);
            Await.until("nothing to be under way", () -> scene.proxy().underWay() == 0);
        } finally {
            scene.channel().shutdownNow();
            server.shutdownNow();
            server.awaitTermination(30, TimeUnit.SECONDS);
        }
    }

    // ------------------------------------------------------------------ unary

    private static void emptyUnary(Scene scene) {
        assertThat(scene.unary(Ask.payload(0), CallOptions.DEFAULT)).isEmpty();
    }

    private static void largeUnary(Scene scene) {
        assertThat(scene.unary(Ask.answers(LARGE_REQUEST, LARGE_ANSWER), CallOptions.DEFAULT))
                .hasSize(LARGE_ANSWER);
    }

    private static void clientCompressedUnary(Scene scene) {
        var gzip = CallOptions.DEFAULT.withCompression("gzip");
        assertThat(scene.unary(Ask.answers(LARGE_REQUEST, LARGE_ANSWER), gzip)).hasSize(LARGE_ANSWER);
        // what is compressed takes far less on its way
        assertThat(scene.proxy().exchange(1).bytesIn()).isBetween(1L, 10_000L);
    }

    private static void serverCompressedUnary(Scene scene) {
        assertThat(scene.unary(Ask.answers(0, LARGE_ANSWER), CallOptions.DEFAULT))
                .hasSize(LARGE_ANSWER);
        assertThat(scene.proxy().exchange(1).bytesOut()).isBetween(1L, 10_000L);
    }

    private static void concurrentLargeUnary(Scene scene) {
        List<Answers> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            var answers = new Answers();
            all.add(answers);
            ClientCalls.asyncUnaryCall(
                    scene.channel().newCall(TestService.UNARY, CallOptions.DEFAULT),
                    Ask.answers(LARGE_REQUEST, LARGE_ANSWER),
                    answers);
        }
        for (Answers answers : all) {
            answers.awaitEnd();
            assertThat(answers.status()).isEqualTo(Status.Code.OK);
            assertThat(answers.messages.getFirst()).hasSize(LARGE_ANSWER);
        }
    }

    // ------------------------------------------------------------------ streams

    private static void clientStreaming(Scene scene) {
        sum(scene, CallOptions.DEFAULT);
    }

    private static void clientCompressedStreaming(Scene scene) {
        sum(scene, CallOptions.DEFAULT.withCompression("gzip"));
    }

    private static void sum(Scene scene, CallOptions options) {
        var answers = new Answers();
        StreamObserver<Ask> requests =
                ClientCalls.asyncClientStreamingCall(scene.channel().newCall(TestService.INPUT, options), answers);
        for (int size : REQUESTS) {
            requests.onNext(Ask.payload(size));
        }
        requests.onCompleted();
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.OK);
        assertThat(new String(answers.messages.getFirst(), StandardCharsets.US_ASCII))
                .isEqualTo(String.valueOf(Arrays.stream(REQUESTS).sum()));
    }

    private static void serverStreaming(Scene scene) {
        List<Integer> sizes = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(
                        scene.channel(), TestService.OUTPUT, CallOptions.DEFAULT, Ask.answers(0, ANSWERS))
                .forEachRemaining(answer -> sizes.add(answer.length));
        assertThat(sizes).containsExactly(ANSWERS);
    }

    private static void pingPong(Scene scene) {
        var answers = new Answers();
        StreamObserver<Ask> requests = duplex(scene, answers);
        for (int i = 0; i < ANSWERS.length; i++) {
            requests.onNext(Ask.answers(REQUESTS[i], ANSWERS[i]));
            int wanted = i + 1;
            Await.until("answer " + wanted, () -> answers.messages.size() == wanted);
            assertThat(answers.messages.get(i)).hasSize(ANSWERS[i]);
        }
        requests.onCompleted();
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.OK);
    }

    private static void emptyStream(Scene scene) {
        var answers = new Answers();
        duplex(scene, answers).onCompleted();
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.OK);
        assertThat(answers.messages).isEmpty();
    }

    private static StreamObserver<Ask> duplex(Scene scene, Answers answers) {
        return ClientCalls.asyncBidiStreamingCall(
                scene.channel().newCall(TestService.DUPLEX, CallOptions.DEFAULT), answers);
    }

    // ------------------------------------------------------------------ metadata and statuses

    private static void customMetadata(Scene scene) {
        byte[] bytes = {(byte) 0xab, (byte) 0xab, (byte) 0xab};
        var sent = new Metadata();
        sent.put(TestService.ECHO_INITIAL, "test_initial_metadata_value");
        sent.put(TestService.ECHO_TRAILING, bytes);
        var headers = new AtomicReference<Metadata>();
        var trailers = new AtomicReference<Metadata>();
        var channel = ClientInterceptors.intercept(
                scene.channel(),
                MetadataUtils.newAttachHeadersInterceptor(sent),
                MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
        assertThat(ClientCalls.blockingUnaryCall(
                        channel, TestService.UNARY, CallOptions.DEFAULT, Ask.answers(LARGE_REQUEST, LARGE_ANSWER)))
                .hasSize(LARGE_ANSWER);
        assertThat(headers.get().get(TestService.ECHO_INITIAL)).isEqualTo("test_initial_metadata_value");
        assertThat(trailers.get().get(TestService.ECHO_TRAILING)).isEqualTo(bytes);
    }

    private static void assertEnds(Scene scene, Ask ask, Status.Code code, String message) {
        assertThatThrownBy(() -> scene.unary(ask, CallOptions.DEFAULT))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(code);
                    assertThat(e.getStatus().getDescription()).isEqualTo(message);
                });
    }

    private static void statusCodeAndMessage(Scene scene) {
        assertEnds(scene, Ask.status(2, "test status message"), Status.Code.UNKNOWN, "test status message");
        var answers = new Answers();
        StreamObserver<Ask> requests = duplex(scene, answers);
        requests.onNext(Ask.status(2, "test status message"));
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.UNKNOWN);
    }

    private static void specialStatusMessage(Scene scene) {
        String message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
        assertEnds(scene, Ask.status(2, message), Status.Code.UNKNOWN, message);
    }

    private static void unimplementedMethod(Scene scene) {
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        scene.channel(), TestService.UNIMPLEMENTED_METHOD, CallOptions.DEFAULT, Ask.payload(0)))
                .hasMessageContaining("UNIMPLEMENTED");
    }

    private static void unimplementedService(Scene scene) {
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        scene.channel(), TestService.UNIMPLEMENTED_SERVICE, CallOptions.DEFAULT, Ask.payload(0)))
                .hasMessageContaining("UNIMPLEMENTED");
    }

    // ------------------------------------------------------------------ giving up

    private static void cancelAfterBegin(Scene scene) {
        var answers = new Answers();
        var call = scene.channel().newCall(TestService.INPUT, CallOptions.DEFAULT);
        StreamObserver<Ask> requests = ClientCalls.asyncClientStreamingCall(call, answers);
        requests.onNext(Ask.payload(1));
        Await.until("the call", () -> scene.service().begun.get() == 1);
        call.cancel("given up", null);
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.CANCELLED);
        Await.until("the server to hear of it", () -> scene.service().cancelled.get() == 1);
    }

    private static void cancelAfterFirstResponse(Scene scene) {
        var answers = new Answers();
        StreamObserver<Ask> requests = duplex(scene, answers);
        requests.onNext(Ask.answers(27_182, 31_415));
        Await.until("the first answer", () -> answers.messages.size() == 1);
        answers.cancel();
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.CANCELLED);
        Await.until("the server to hear of it", () -> scene.service().cancelled.get() == 1);
    }

    private static void timeoutOnSleepingServer(Scene scene) {
        scene.proxy().clock().run();
        // connections and handshakes are not to use up the deadline
        scene.unary(Ask.payload(0), CallOptions.DEFAULT);
        var answers = new Answers();
        var options = CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS);
        StreamObserver<Ask> requests =
                ClientCalls.asyncBidiStreamingCall(scene.channel().newCall(TestService.DUPLEX, options), answers);
        requests.onNext(Ask.payload(27_182));
        Await.until(
                "the server to know of the deadline",
                () -> scene.service().withDeadline.get() == 1);
        answers.awaitEnd();
        assertThat(answers.status()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        Await.until("the server to hear of it", () -> scene.service().cancelled.get() == 1);
    }

    /** What comes back on a call. */
    private static final class Answers implements ClientResponseObserver<Ask, byte[]> {
        private final List<byte[]> messages = new CopyOnWriteArrayList<>();
        private volatile ClientCallStreamObserver<Ask> call;
        private volatile Status end;

        @Override
        public void beforeStart(ClientCallStreamObserver<Ask> requests) {
            call = requests;
        }

        @Override
        public void onNext(byte[] message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            end = Status.fromThrowable(cause);
        }

        @Override
        public void onCompleted() {
            end = Status.OK;
        }

        void cancel() {
            call.cancel("given up", null);
        }

        void awaitEnd() {
            Await.until("the end of the call", () -> end != null);
        }

        Status.Code status() {
            return end.getCode();
        }
    }
}
